// Runs clusterset-dns as a separate process, as users do.

import { CLI } from './build.ts'
import { type DnsProcess, type DnsProcessOptions, startDnsProcess } from './dns-process.ts'
import { transport } from './transport.ts'

export type OurServer = DnsProcess

export interface OurServerOptions
  extends Pick<DnsProcessOptions, 'corefile' | 'env' | 'args' | 'cwd' | 'timeoutMs'> {
  /** A command that runs the server: a program that gets the server's command line as its last arguments. */
  readonly through?: readonly [file: string, ...args: string[]]
}

/** Starts the server and waits until it serves. */
export function startOurServer({ through, ...options }: OurServerOptions): Promise<OurServer> {
  return startDnsProcess({
    ...options,
    name: 'clusterset-dns',
    command: through === undefined ? [process.execPath, CLI] : [...through, process.execPath, CLI],
    args: ['--transport', transport, ...(options.args ?? [])],
    banner: /(^|"msg":")clusterset-dns-\d/m,
  })
}
