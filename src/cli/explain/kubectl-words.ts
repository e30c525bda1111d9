// The words of a kubectl command in a cluster.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { shellWord } from '../../fleet/explain/commands.ts'
import type { ApiSpec } from '../../kube/client-config.ts'

/** "kubectl --kubeconfig FILE --context A". `id` names the context of a cluster whose kubeconfig is in no file. */
export function kubectlWords(
  spec: ApiSpec,
  id: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (spec.kind === 'in-cluster') return 'kubectl'
  if (spec.kind === 'endpoint') return `kubectl --server ${shellWord(spec.url)}`
  if (spec.kind === 'text') return `kubectl --context ${id}`
  // --kubeconfig takes one file; a list is that of $KUBECONFIG.
  const isDefault =
    spec.more !== undefined || spec.file === (env.KUBECONFIG || join(homedir(), '.kube', 'config'))
  const file = isDefault ? '' : ` --kubeconfig ${shellWord(spec.file)}`
  const context = spec.context === undefined ? '' : ` --context ${shellWord(spec.context)}`
  return `kubectl${file}${context}`
}
