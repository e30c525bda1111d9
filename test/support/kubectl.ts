// The real kubectl, as users run it: what it sends on `apply -f` is not what an own client would send.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Cluster } from './cluster.ts'

const run = promisify(execFile)

/** Runs kubectl as an administrator of the cluster; returns what it printed. It throws what kubectl refuses. */
export async function kubectl(
  program: string,
  { folder, kubeconfigs }: Pick<Cluster, 'folder' | 'kubeconfigs'>,
  ...args: readonly string[]
): Promise<string> {
  // Ports come back in later runs, so what kubectl remembers of a server ends with the cluster.
  const flags = ['--kubeconfig', kubeconfigs.certificate, '--cache-dir', join(folder, 'kubectl')]
  const { stdout } = await run(program, [...flags, ...args])
  return stdout
}

/** `kubectl apply -f` of a file that has this text; returns what kubectl printed. */
export async function applyText(program: string, cluster: Cluster, text: string): Promise<string> {
  const file = join(cluster.folder, 'applied.yaml')
  await writeFile(file, text)
  return kubectl(program, cluster, 'apply', '-f', file)
}
