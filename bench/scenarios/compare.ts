// Two builds of this server side by side, for changes that must not cost speed or memory: `dist` of this checkout
// against `dist` of another one. Both serve the same data on one core and are measured in turn.
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type LoadOptions, runLoad } from '../support/dnsperf.ts'
import { type Peer, startPeer, startReplayApi } from '../support/peers.ts'
import { cpuSeconds, memoryOf } from '../support/process.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { median } from '../support/stats.ts'
import { CLIENT_CPU, queryFile, SERVER_CPU } from './qps.ts'

const SERVICES = 10_000
/** The server returns unused memory some time after a load. */
const SETTLE_MS = 15_000

const LOADS: readonly (readonly [what: string, load: Partial<LoadOptions>])[] = [
  ['UDP', {}],
  ['TCP', { mode: 'tcp', clients: 50, outstanding: 1000 }],
]

/**
 * Measures this build and the build in the folder `dist` of another checkout, `rounds` times for `seconds` each, and
 * writes bench/results/compare.md. Each round has the other order, and the result is the median of the rounds' ratios.
 */
export async function compare(dist: string, rounds = 6, seconds = 5): Promise<void> {
  const api = await startReplayApi(SERVICES, CLIENT_CPU)
  const options = { services: SERVICES, apiPort: api.port, cpus: SERVER_CPU }
  const peers: Peer[] = []
  try {
    peers.push(await startPeer('clusterset-dns', options))
    peers.push(await startPeer('clusterset-dns', { ...options, dist: resolve(dist) }))
    const [ours, other] = peers as [Peer, Peer]
    const queries = queryFile(SERVICES)
    const rows: string[][] = []
    const goals = []
    for (const [what, load] of LOADS) {
      const ratios: number[] = []
      for (let round = 0; round < rounds; round++) {
        const order = round % 2 === 0 ? [ours, other] : [other, ours]
        const measured = new Map<Peer, number>()
        for (const peer of order) {
          measured.set(peer, await answersPerCpuSecond(peer, { ...load, queries, seconds }))
        }
        ratios.push(measured.get(ours)! / measured.get(other)!)
        process.stderr.write(`${what}, round ${round + 1}: ${ratios.at(-1)!.toFixed(3)}x\n`)
      }
      rows.push([what, ...[median(ratios), Math.min(...ratios), Math.max(...ratios)].map(shown)])
      goals.push(ratioGoal(`${what}: answers per CPU second`, median(ratios), 0.97))
    }
    await delay(SETTLE_MS)
    const memory = memoryOf(ours.pid).rss / memoryOf(other.pid).rss
    rows.push(['RSS after the load', shown(memory), '', ''])
    goals.push(ratioGoal('RSS after the load', memory, undefined, 1.02))
    publish({
      name: 'compare',
      title: 'This build against another one',
      columns: ['what', 'ratio (median)', 'least', 'most'],
      rows,
      goals,
      notes: [
        `${SERVICES} services; both servers on one core, dnsperf on another.`,
        `${rounds} rounds of ${seconds} s, in turn and in alternating order.`,
      ],
    })
  } finally {
    for (const peer of peers) await peer.stop()
    await api.stop()
  }
}

async function answersPerCpuSecond(
  peer: Peer,
  load: Omit<LoadOptions, 'port' | 'cpus'>,
): Promise<number> {
  const before = cpuSeconds(peer.pid)
  const { completed } = await runLoad({ ...load, port: peer.port, cpus: CLIENT_CPU })
  peer.check()
  return completed / (cpuSeconds(peer.pid) - before)
}

function shown(ratio: number): string {
  return `${ratio.toFixed(3)}x`
}
