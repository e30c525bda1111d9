// Queries per second while 500 objects change per second, the time from a change to its visibility, and the CPU time
// of a server without queries.
import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from '../support/dnsperf.ts'
import { type Peer, type PeerName, startPeer, startReplayApi } from '../support/peers.ts'
import { cpuSeconds } from '../support/process.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { median } from '../support/stats.ts'
import { CLIENT_CPU, queryFile, SERVER_CPU } from './qps.ts'

const SERVICES = 10_000
/** Per second. */
const CHANGES = 500
const IDLE_MS = 10_000

/** Measures all servers `rounds` times for `seconds` each, and writes bench/results/churn.md. */
export async function churn(rounds = 5, seconds = 4): Promise<void> {
  const queries = queryFile(SERVICES)
  const api = await startReplayApi(SERVICES, CLIENT_CPU)
  const names: PeerName[] = ['clusterset-dns', 'CoreDNS']
  const peers: Peer[] = []
  try {
    for (const name of names) {
      peers.push(await startPeer(name, { services: SERVICES, apiPort: api.port, cpus: SERVER_CPU }))
    }
    await delay(5000)
    const idle: number[] = []
    for (const peer of peers) {
      const before = cpuSeconds(peer.pid)
      await delay(IDLE_MS)
      idle.push((cpuSeconds(peer.pid) - before) / (IDLE_MS / 1000))
    }
    const rates = new Map<Peer, { quiet: number[]; busy: number[] }>(
      peers.map((peer) => [peer, { quiet: [], busy: [] }]),
    )
    for (let round = 0; round < rounds; round++) {
      for (const kind of ['quiet', 'busy'] as const) {
        await api.rate(kind === 'busy' ? CHANGES : 0)
        for (const [peer, lists] of rates) {
          const { queriesPerSecond } = await runLoad({
            port: peer.port,
            queries,
            seconds,
            cpus: CLIENT_CPU,
          })
          lists[kind].push(queriesPerSecond)
          process.stderr.write(`${peer.name}, ${kind}: ${Math.round(queriesPerSecond)}/s\n`)
        }
      }
    }
    // The age of changes without queries, so that it contains only the work of our server.
    await api.rate(CHANGES / 5)
    const before = await ages(peers[0]!)
    await delay(IDLE_MS)
    const after = await ages(peers[0]!)
    await api.rate(0)
    const ageOf = (share: number) => quantile(before, after, share)
    const ours = rates.get(peers[0]!)!
    const rate = (values: number[]) => `${(median(values) / 1000).toFixed(1)}k`
    const ratio = ({ quiet, busy }: typeof ours) => median(busy) / median(quiet)
    publish({
      name: 'churn',
      title: `${CHANGES} changes a second`,
      columns: ['server', 'queries/s, quiet', 'queries/s, with changes', 'ratio', 'idle CPU'],
      rows: peers.map((peer, i) => {
        const lists = rates.get(peer)!
        const share = `${(100 * idle[i]!).toFixed(1)} %`
        return [peer.name, rate(lists.quiet), rate(lists.busy), ratio(lists).toFixed(2), share]
      }),
      goals: [
        ratioGoal('with changes against quiet', ratio(ours), 0.85),
        {
          what: 'idle CPU without queries',
          goal: 'under 1 % of a core',
          measured: `${(100 * idle[0]!).toFixed(2)} %`,
          met: idle[0]! < 0.01,
        },
        ageGoal('change read to visible, p50', ageOf(0.5), 0.5),
        ageGoal('change read to visible, p99', ageOf(0.99), 2),
      ],
      notes: [
        `${SERVICES} services; each change in the replayed watch stream moves an address of a ServiceImport or an EndpointSlice.`,
        'The servers run on one core, the API server and dnsperf on the other.',
        `The age of changes is our own metric, at ${CHANGES / 5} changes a second without queries; the values are upper bounds of its buckets.`,
      ],
    })
  } finally {
    for (const peer of peers) await peer.stop()
    await api.stop()
  }
}

function ageGoal(what: string, ms: number, atMost: number) {
  return { what, goal: `at most ${atMost} ms`, measured: `<= ${ms} ms`, met: ms <= atMost }
}

/** The buckets of the age metric: upper bound in milliseconds -> cumulative count. */
async function ages(peer: Peer): Promise<Map<number, number>> {
  const response = await fetch(`http://127.0.0.1:${peer.metricsPort}/metrics`)
  const text = await response.text()
  const pattern = /^clusterset_dns_change_visible_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm
  return new Map(
    [...text.matchAll(pattern)].map(([, bound, count]) => [
      bound === '+Inf' ? Infinity : 1000 * Number(bound),
      Number(count),
    ]),
  )
}

/** The smallest bound, in milliseconds, of `share` (0 to 1) of the changes between `before` and `after`. */
function quantile(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  share: number,
): number {
  const counts = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)])
  const total = counts.at(-1)![1]!
  return counts.find(([, count]) => count! >= share * total)?.[0] ?? Infinity
}
