// Detects whether this machine can run kube-proxy. It needs root, network namespaces, and nft or iptables with a kernel
// that accepts their rules. On such a machine the data plane test is mandatory.
import { runAsAdmin } from './net-namespace.ts'
import { type EnsureOptions, ensureKubeProxy } from './tools.ts'

/** The requirements of the test, or why it cannot run here. */
export type DataPlaneResult =
  | { readonly ok: true; readonly mode: ProxyMode; readonly kubeProxy: string }
  /** `failed` is true when the test could run here but a program is missing. */
  | { readonly ok: false; readonly failed: boolean; readonly reason: string }

export type ProxyMode = 'nftables' | 'iptables'

/** Detects the proxy mode by trying it; then finds or builds kube-proxy. */
export async function ensureDataPlane(options: EnsureOptions = {}): Promise<DataPlaneResult> {
  const mode = await proxyMode()
  if (typeof mode !== 'string') return { ok: false, failed: mode.failed, reason: mode.missing }
  const found = await ensureKubeProxy(options)
  if (!found.ok) return { ok: false, failed: true, reason: found.reason }
  return { ok: true, mode, kubeProxy: found.paths['kube-proxy'] }
}

interface Missing {
  readonly missing: string
  /** True when the user can install what is missing. */
  readonly failed: boolean
}

async function proxyMode(): Promise<ProxyMode | Missing> {
  if (process.getuid?.() !== 0) return { missing: 'root is required', failed: false }
  for (const programs of [['ip'], ['curl'], ['nft', 'iptables']]) {
    const found = await Promise.all(
      programs.map((program) => works('sh', '-c', `command -v ${program}`)),
    )
    if (!found.includes(true)) {
      return { missing: `${programs.join(' or ')} is not installed`, failed: true }
    }
  }
  const isolated = (...command: readonly string[]) =>
    works('unshare', '--net', '--mount', ...command)
  for (const [what, isThere] of [
    ['network and mount namespaces (unshare)', isolated('true')],
    ['a veth pair (ip)', isolated('ip', 'link', 'add', 'probe', 'type', 'veth')],
    ['nsenter', isolated('nsenter', '--version')],
  ] as const) {
    if (!(await isThere)) return { missing: `this machine cannot use ${what}`, failed: false }
  }
  if (await isolated('nft', 'add', 'table', 'ip', 'probe')) return 'nftables'
  if (await isolated('iptables', '--table', 'nat', '--list', '--numeric')) return 'iptables'
  return { missing: 'neither nft nor iptables works here', failed: false }
}

async function works(file: string, ...args: readonly string[]): Promise<boolean> {
  return runAsAdmin(file, ...args).then(
    () => true,
    () => false,
  )
}
