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
  if (typeof mode !== 'string') return { ok: false, failed: mode.failed, reason: mode.missing }
  const found = await ensureKubeProxy(options)
  if (!found.ok) return { ok: false, failed: true, reason: found.reason }
  return { ok: true, mode, kubeProxy: found.paths['kube-proxy'] }
}

interface Missing {
  readonly missing: string
  /** True for a program that could be installed. */
  readonly failed: boolean
}

async function proxyMode(): Promise<ProxyMode | Missing> {
  if (process.getuid?.() !== 0) return { missing: 'it takes root', failed: false }
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
    if (!(await isThere)) return { missing: `it takes ${what}`, failed: false }
  }
  if (await isolated('nft', 'add', 'table', 'ip', 'probe')) return 'nftables'
  if (await isolated('iptables', '--table', 'nat', '--list', '--numeric')) return 'iptables'
  return { missing: 'it takes nft or iptables, and neither works here', failed: false }
}

async function works(file: string, ...args: readonly string[]): Promise<boolean> {
  return runAsAdmin(file, ...args).then(
    () => true,
    () => false,
  )
}
