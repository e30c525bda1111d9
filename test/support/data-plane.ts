// Whether packets may flow here: kube-proxy needs root, network namespaces, and nft or iptables with a kernel that
// takes their rules. Where they may, the test of the data plane is not optional.
import { runAsAdmin } from './net-namespace.ts'
import { type EnsureOptions, ensureKubeProxy } from './tools.ts'

/** What the test needs, or why it cannot be done here. */
export type DataPlaneResult =
  | { readonly ok: true; readonly mode: ProxyMode; readonly kubeProxy: string }
  /** `failed`: it could be done here, but for a program that cannot be had. */
  | { readonly ok: false; readonly failed: boolean; readonly reason: string }

export type ProxyMode = 'nftables' | 'iptables'

/** Finds out by trying, and only then finds or builds kube-proxy. */
export async function ensureDataPlane(options: EnsureOptions = {}): Promise<DataPlaneResult> {
  const mode = await proxyMode()
  if (typeof mode !== 'string') return { ok: false, failed: false, reason: mode.missing }
  const found = await ensureKubeProxy(options)
  if (!found.ok) return { ok: false, failed: true, reason: found.reason }
  return { ok: true, mode, kubeProxy: found.paths['kube-proxy'] }
}

async function proxyMode(): Promise<ProxyMode | { readonly missing: string }> {
  if (process.getuid?.() !== 0) return { missing: 'it takes root' }
  const isolated = (...command: readonly string[]) =>
    works('unshare', '--net', '--mount', ...command)
  for (const [what, isThere] of [
    ['network and mount namespaces (unshare)', isolated('true')],
    ['a veth pair (ip)', isolated('ip', 'link', 'add', 'probe', 'type', 'veth')],
    ['nsenter', isolated('nsenter', '--version')],
    ['curl', isolated('curl', '--version')],
  ] as const) {
    if (!(await isThere)) return { missing: `it takes ${what}` }
  }
  if (await isolated('nft', 'add', 'table', 'ip', 'probe')) return 'nftables'
  if (await isolated('iptables', '--table', 'nat', '--list', '--numeric')) return 'iptables'
  return { missing: 'it takes nft or iptables, and neither works here' }
}

async function works(file: string, ...args: readonly string[]): Promise<boolean> {
  return runAsAdmin(file, ...args).then(
    () => true,
    () => false,
  )
}
