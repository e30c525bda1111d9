// Runs the real CoreDNS: the reference of the differential tests, and the server that forwards to ours.
import { type DnsProcess, type DnsProcessOptions, startDnsProcess } from './dns-process.ts'

export type CoreDns = DnsProcess

interface CoreDnsOptions extends Pick<DnsProcessOptions, 'corefile' | 'env' | 'timeoutMs'> {
  /** The path of the program, from `ToolPaths`. */
  readonly coredns: string
}

/** Starts CoreDNS and waits until it listens. */
export function startCoreDNS({ coredns, ...options }: CoreDnsOptions): Promise<CoreDns> {
  return startDnsProcess({
    ...options,
    name: 'CoreDNS',
    command: [coredns],
    banner: /^CoreDNS-\d/m,
  })
}
