// Runs clusterset-dns as a separate process, as users do.
import { type DnsProcess, type DnsProcessOptions, startDnsProcess } from './dns-process.ts'
import { CLI } from './run-cli.ts'
import { transport } from './transport.ts'

export type OurServer = DnsProcess

export type OurServerOptions = Pick<DnsProcessOptions, 'corefile' | 'env' | 'args' | 'cwd'>

/** Starts the server and waits until it serves. */
export function startOurServer(options: OurServerOptions): Promise<OurServer> {
  return startDnsProcess({
    ...options,
    name: 'clusterset-dns',
    command: [process.execPath, CLI],
    args: ['--transport', transport, ...(options.args ?? [])],
    banner: /(^|"msg":")clusterset-dns-\d/m,
  })
}
