// The good clients: names that the server knows, at a constant rate.
import {
  cachedLine,
  type Line,
  linesFile,
  localLine,
  searchLine,
} from '../../support/corefile-queries.ts'
import { runLoad } from '../../support/dnsperf.ts'
import { runNative } from '../../support/native.ts'
import { queryMix } from '../../support/queries.ts'
import { CLIENT_CPU } from '../qps.ts'

/** Services and imports of the rig. */
export const SERVICES = 1000
const CACHED = 1000
const QUERIES = 100_000

/** 50 % cluster.local, 15 % clusterset.local, 25 % cached names, 10 % NXDOMAIN of search paths. */
function knownLine(): Line {
  const local = localLine(SERVICES)
  const clusterset = queryMix(SERVICES, QUERIES).trimEnd().split('\n')
  const hit = cachedLine(CACHED)
  const search = searchLine(SERVICES)
  return (random) => {
    const kind = random.int(100)
    if (kind < 50) return local(random)
    if (kind < 65) return random.pick(clusterset)
    return kind < 90 ? hit(random) : search(random)
  }
}

/** Writes the questions of the good clients; returns the path of the file. */
export const knownNames = () => linesFile(knownLine(), QUERIES)
/** Seconds over which the caches are filled, so that not all entries expire at once. */
const WARM_UP = 12

/** Asks for each cached name once. */
export async function fillCache(port: number): Promise<void> {
  const names = Array.from({ length: 2 * CACHED }, (_, i) => {
    return `www.cached-${i >> 1}.com ${i % 2 === 0 ? 'A' : 'AAAA'}`
  })
  let next = 0
  const file = linesFile(() => names[next++]!, names.length)
  await askSteadily(port, names.length / WARM_UP, WARM_UP, file)
}

export interface Steady {
  readonly sent: number
  readonly answered: number
  /** Replies with SERVFAIL, REFUSED and the like. */
  readonly failed: number
  /** Microseconds until a reply arrives; the median and the 99th percentile. */
  readonly p50: number
  readonly p99: number
}

/** Asks at `rate` queries per second for `seconds`; 0 = as fast as the server answers. */
export async function askSteadily(
  port: number,
  rate: number,
  seconds: number,
  file: string,
): Promise<Steady> {
  const numbers = [port, rate, seconds].map(String)
  const output = await runNative('steady', CLIENT_CPU, ...numbers, file)
  const [sent, answered, failed, p50, p99] = output.split(' ').map(Number)
  return { sent: sent!, answered: answered!, failed: failed!, p50: p50!, p99: p99! }
}

const TCP_LOAD = { mode: 'tcp', clients: 4, outstanding: 50, rate: 200 } as const

/** Asks 200 queries per second by four TCP connections; resolves to the number of those without a good reply. */
export async function askByTcp(port: number, seconds: number, queries: string): Promise<number> {
  const load = { ...TCP_LOAD, port, seconds, queries, cpus: CLIENT_CPU }
  try {
    const { lost, failed } = await runLoad(load)
    return lost + failed
  } catch (error) {
    // dnsperf gives up when all of its connections were closed at the same time.
    if (!String(error).includes('all sockets reported failure')) throw error
    return TCP_LOAD.rate * seconds
  }
}
