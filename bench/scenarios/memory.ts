// Memory when idle after a load, and its peak during a full relist.
import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from '../support/dnsperf.ts'
import { type PeerName, startPeer, startReplayApi } from '../support/peers.ts'
import { memoryOf } from '../support/process.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { CLIENT_CPU, queryFile, SERVER_CPU } from './qps.ts'

/** Services -> the most memory that we may need, as a ratio to CoreDNS' at the same time. */
const GOALS = new Map([
  [10_000, 0.65],
  [100_000, 0.25],
])
/** Both servers release memory some time after a load. */
const SETTLE_MS = 15_000
const RELIST_MS = 30_000
const SAMPLE_MS = 20

/** Bytes. */
interface Memory {
  readonly rss: number
  readonly anonymous: number
  readonly relistPeak: number
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0)

async function measure(name: PeerName, services: number): Promise<Memory> {
  const api = await startReplayApi(services, CLIENT_CPU)
  try {
    const cpus = SERVER_CPU
    const peer = await startPeer(name, { services, apiPort: api.port, cpus })
    try {
      await runLoad({ port: peer.port, queries: queryFile(services), seconds: 5, cpus: CLIENT_CPU })
      await delay(SETTLE_MS)
      const { rss, anonymous } = memoryOf(peer.pid)
      await api.expire()
      let relistPeak = 0
      for (let waited = 0; waited < RELIST_MS; waited += SAMPLE_MS) {
        relistPeak = Math.max(relistPeak, memoryOf(peer.pid).rss)
        await delay(SAMPLE_MS)
      }
      peer.check()
      process.stderr.write(
        `${name} at ${services}: RSS ${megabytes(rss)} MB, anonymous ${megabytes(anonymous)} MB, relist ${megabytes(relistPeak)} MB\n`,
      )
      return { rss, anonymous, relistPeak }
    } finally {
      await peer.stop()
    }
  } finally {
    await api.stop()
  }
}

/** Measures our server and CoreDNS, and writes bench/results/memory.md. */
export async function memory(): Promise<void> {
  const names: PeerName[] = ['clusterset-dns', 'CoreDNS']
  const results = new Map<string, Memory>()
  for (const services of GOALS.keys()) {
    for (const name of names) results.set(`${name} ${services}`, await measure(name, services))
  }
  const ratio = (services: number, of: (memory: Memory) => number) =>
    of(results.get(`clusterset-dns ${services}`)!) / of(results.get(`CoreDNS ${services}`)!)
  const idle = ({ rss }: Memory) => rss
  const relist = ({ relistPeak }: Memory) => relistPeak
  publish({
    name: 'memory',
    title: 'Memory',
    columns: ['server, services + slices of 3', 'RSS MB', 'anonymous MB', 'RSS MB in a relist'],
    rows: [...results].map(([key, { rss, anonymous, relistPeak }]) => [
      key,
      ...[rss, anonymous, relistPeak].map(megabytes),
    ]),
    goals: [...GOALS].flatMap(([services, atMost]) => [
      ratioGoal(`${services} services: RSS`, ratio(services, idle), undefined, atMost),
      ratioGoal(
        `${services} services: RSS in a relist`,
        ratio(services, relist),
        undefined,
        atMost,
      ),
    ]),
    notes: [
      `One server core; RSS ${SETTLE_MS / 1000} s after a load of 5 s; then all watches expire and the servers list everything again.`,
    ],
  })
}
