// Runs the real CoreDNS: the oracle of the differential tests, and the server in front of ours in the
// forward tests.
import { type DnsProcess, type DnsProcessOptions, startDnsProcess } from './dns-process.ts'

export type CoreDns = DnsProcess

export interface CoreDnsOptions extends Pick<DnsProcessOptions, 'corefile' | 'env' | 'timeoutMs'> {
  /** Path of the program, from `ToolPaths`. */
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
