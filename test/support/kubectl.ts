// Runs the real kubectl: its `apply -f` sends other requests than a test client would.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Cluster } from './cluster.ts'

const run = promisify(execFile)

/** Runs kubectl as an administrator of the cluster; returns its stdout. Throws when kubectl fails. */
export async function kubectl(
  program: string,
  { folder, kubeconfigs }: Pick<Cluster, 'folder' | 'kubeconfigs'>,
  ...args: readonly string[]
): Promise<string> {
  // Ports are reused by later runs, so each cluster has its own kubectl cache.
  const flags = ['--kubeconfig', kubeconfigs.certificate, '--cache-dir', join(folder, 'kubectl')]
  const { stdout } = await run(program, [...flags, ...args])
  return stdout
}

/** Runs `kubectl apply -f` on a file with this text; returns its stdout. */
export async function applyText(program: string, cluster: Cluster, text: string): Promise<string> {
  const file = join(cluster.folder, 'applied.yaml')
  await writeFile(file, text)
  return kubectl(program, cluster, 'apply', '-f', file)
}
