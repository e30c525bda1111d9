// `clusterset-dns demo`, which `npm start` runs: two small clusters from the manifests that come with the program,
// the fleet between them, the consumer's DNS on loopback, and names to ask for.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { realFiles } from '../corefile/files.ts'
import { loadConfig } from '../plugins/load.ts'
import type { Flags } from './flags.ts'
import { runServer } from './run-server.ts'
import type { Signals } from './signals.ts'

const MANIFESTS = fileURLToPath(new URL('../../deploy/demo', import.meta.url))
/** The answers for a Headless service are the addresses in its slices, so a change of one can be seen. */
const HEADLESS = join(MANIFESTS, 'cluster1-beijing', 'headless.yaml')
const DEMO_PORT = 5353
/** What the flags say when nobody named a port. */
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

/** One question for each kind of answer, and what it shows. */
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
  ['nothing.provider-ns.svc.clusterset.local', 'A', 'NXDOMAIN, and its SOA'],
]

/** Serves the demo on 127.0.0.1:5353, or on the port of -p. */
export async function demoCommand(flags: Flags, signals: Signals): Promise<void> {
  const port = flags.port === DEFAULT_PORT ? DEMO_PORT : flags.port
  const env = { DEMO_PORT: String(port), DEMO_MANIFESTS: MANIFESTS }
  const load = () =>
    loadConfig({ file: 'demo', text: COREFILE, port, env, files: realFiles, cwd: process.cwd() })
  await runServer({
    flags,
    signals,
    load,
    // Who serves a Corefile does not load the fleet.
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
  const change = `Change an address in ${HEADLESS}\nand ask for headless again: the answer changes within a second.`
  const ask = 'Ask it, from another terminal:'
  return ['', roles, ask, ...lines, change, 'Ctrl-C ends it.', '', ''].join('\n')
}
