// `clusterset-dns demo`, which `npm start` runs: two embedded clusters from the bundled manifests, the fleet between
// them, the DNS server of the importing cluster on loopback with Corefile.example, and example queries.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { realFiles } from '../corefile/files.ts'
import { loadConfig } from '../plugins/load.ts'
import { type DemoPorts, demoCorefile } from './demo-corefile.ts'
import { freeDnsPort, freePort } from './demo-ports.ts'
import type { Flags } from './flags.ts'
import { runServer } from './run-server.ts'
import type { Signals } from './signals.ts'
import { printTo } from './terminal.ts'

const MANIFESTS = fileURLToPath(new URL('../../deploy/demo', import.meta.url))
const COREFILE = fileURLToPath(new URL('../../Corefile.example', import.meta.url))
/** A Headless Service is answered with the addresses of its EndpointSlices, so an edit of this file is visible. */
const HEADLESS = join(MANIFESTS, 'cluster1-beijing', 'headless.yaml')
/** Where the demo listens; the second one when the first is taken. */
const DEMO_PORTS = [5353, 5300]
/** The default of -dns.port. */
const DEFAULT_PORT = 53

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
  ['amcs-service1.provider-ns.svc.cluster.local', 'A', 'the same VIP, by its own Service'],
  ['kubernetes.default.svc.cluster.local', 'A', 'a Service of the cluster itself'],
  ['1.0.96.10.in-addr.arpa', 'PTR', 'its name'],
]

/** Serves the demo on 127.0.0.1:5353, on a free port when that is taken, or on the port of -p. Resolves when the server serves. */
export async function demoCommand(flags: Flags, signals: Signals): Promise<void> {
  const ports: DemoPorts = {
    dns: flags.port === DEFAULT_PORT ? await demoPort() : flags.port,
    health: await freePort(8080),
    ready: await freePort(8181),
    metrics: await freePort(9153),
  }
  const pagePort = await freePort(8090)
  const forwards = hasNameservers()
  const load = () => {
    const text = demoCorefile(readFileSync(COREFILE, 'utf8'), ports, forwards)
    const { env } = process
    const options = { port: ports.dns, env, files: realFiles, cwd: process.cwd() }
    return loadConfig({ file: COREFILE, text, ...options })
  }
  await runServer({
    flags,
    signals,
    load,
    endsOnHangup: true,
    // Imported here so that `serve` does not load the fleet.
    opener: async (log) => {
      const { startDemoFleet } = await import('./demo-fleet.ts')
      return startDemoFleet({ folder: MANIFESTS, pagePort, log })
    },
    greeting: () => greeting(ports, pagePort, forwards),
  })
}

/** A free port, with a line when it is not the usual one. */
async function demoPort(): Promise<number> {
  const port = await freeDnsPort(DEMO_PORTS)
  const [usual] = DEMO_PORTS
  if (port !== usual) {
    printTo(
      process.stderr,
      `Port ${usual} is taken on 127.0.0.1, often by mDNS: the demo listens on ${port}. -p chooses another port.`,
    )
  }
  return port
}

/** True if the machine has servers for the names of other zones. */
function hasNameservers(): boolean {
  try {
    return /^\s*nameserver\s/m.test(readFileSync('/etc/resolv.conf', 'utf8'))
  } catch {
    return false
  }
}

function greeting(
  { dns, health, ready, metrics }: DemoPorts,
  pagePort: number,
  forwards: boolean,
): string {
  const external = ['example.org', 'A', 'a name of the internet, from /etc/resolv.conf'] as const
  const lines = [...demoQueries, ...(forwards ? [external] : [])].map(([name, type, shows]) => {
    const short = shows.startsWith('NXDOMAIN') ? '' : ' +short'
    return `  dig @127.0.0.1 -p ${dns} ${name} ${type}${short}   # ${shows}`
  })
  const roles = `One cluster exports, the other imports: ${MANIFESTS}`
  const served = `The DNS server of the importing cluster runs ${COREFILE}`
  const change = `Change an address in ${HEADLESS}\nand query headless again: the answer changes within a second.`
  const ask = 'Query it from another terminal:'
  const http = [`:${health}/health`, `:${ready}/ready`, `:${metrics}/metrics`]
  const endpoints = `See also ${http.map((path) => `http://127.0.0.1${path}`).join(' ')}`
  const page = `Look at the clusterset: http://127.0.0.1:${pagePort}/`
  const text = [roles, served, page, ask, ...lines, change, endpoints, 'Ctrl-C stops the demo.']
  return ['', ...text, '', ''].join('\n')
}
