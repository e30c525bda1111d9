// `clusterset-dns demo`, which `npm start` runs: two embedded clusters from the bundled manifests, the fleet between
// them, the DNS server of the importing cluster on loopback, and example queries.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { realFiles } from '../corefile/files.ts'
import { loadConfig } from '../plugins/load.ts'
import type { Flags } from './flags.ts'
import { runServer } from './run-server.ts'
import type { Signals } from './signals.ts'

const MANIFESTS = fileURLToPath(new URL('../../deploy/demo', import.meta.url))
/** A Headless Service is answered with the addresses of its EndpointSlices, so an edit of this file is visible. */
const HEADLESS = join(MANIFESTS, 'cluster1-beijing', 'headless.yaml')
const DEMO_PORT = 5353
/** The default of -dns.port. */
const DEFAULT_PORT = 53

const COREFILE = `.:{$DEMO_PORT} {
    bind 127.0.0.1
    errors
    log
    loadbalance
    multicluster clusterset.local {
        manifests "{$DEMO_MANIFESTS}"
    }
}
`

/** One example query for each kind of answer, with a description of the answer. */
export const demoQueries: readonly (readonly [name: string, type: string, shows: string])[] = [
  ['service1.provider-ns.svc.clusterset.local', 'A', 'the VIP of a ClusterSetIP service'],
  ['dual.provider-ns.svc.clusterset.local', 'AAAA', 'the IPv6 VIP of a dual-stack service'],
  ['headless.provider-ns.svc.clusterset.local', 'A', 'all ready pods of a Headless service'],
  ['web-0.cluster1-beijing.headless.provider-ns.svc.clusterset.local', 'A', 'one of its pods'],
  [
    '_http._tcp.service1.provider-ns.svc.clusterset.local',
    'SRV',
    'port and target of a named port',
  ],
  ['nothing.provider-ns.svc.clusterset.local', 'A', 'NXDOMAIN with the SOA record'],
]

/** Serves the demo on 127.0.0.1:5353, or on the port of -p. Resolves when the server serves. */
export async function demoCommand(flags: Flags, signals: Signals): Promise<void> {
  const port = flags.port === DEFAULT_PORT ? DEMO_PORT : flags.port
  const env = { DEMO_PORT: String(port), DEMO_MANIFESTS: MANIFESTS }
  const load = () =>
    loadConfig({ file: 'demo', text: COREFILE, port, env, files: realFiles, cwd: process.cwd() })
  await runServer({
    flags,
    signals,
    load,
    endsOnHangup: true,
    // Imported here so that `serve` does not load the fleet.
    opener: async (log) => (await import('./demo-fleet.ts')).startDemoFleet(MANIFESTS, log),
    greeting: ({ addresses }) => greeting(addresses[0]?.port ?? port),
  })
}

function greeting(port: number): string {
  const lines = demoQueries.map(([name, type, shows]) => {
    const short = shows.startsWith('NXDOMAIN') ? '' : ' +short'
    return `  dig @127.0.0.1 -p ${port} ${name} ${type}${short}   # ${shows}`
  })
  const roles = `One cluster exports, the other imports: ${MANIFESTS}`
  const change = `Change an address in ${HEADLESS}\nand query headless again: the answer changes within a second.`
  const ask = 'Query it from another terminal:'
  return ['', roles, ask, ...lines, change, 'Ctrl-C stops the demo.', '', ''].join('\n')
}
