// The latency of every query at half of the maximum rate of CoreDNS.
import { runLatency, runLoad } from '../support/dnsperf.ts'
import { type Peer, type PeerName, startPeer, startReplayApi } from '../support/peers.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { median, percentile } from '../support/stats.ts'
import { CLIENT_CPU, queryFile, SERVER_CPU } from './qps.ts'

const SERVICES = 10_000
const SHARES = [0.5, 0.99, 0.999] as const

/** Measures our server and CoreDNS `rounds` times for `seconds` each, and writes bench/results/latency.md. */
export async function latency(rounds = 5, seconds = 5): Promise<void> {
  const queries = queryFile(SERVICES)
  const api = await startReplayApi(SERVICES, CLIENT_CPU)
  const names: PeerName[] = ['clusterset-dns', 'CoreDNS']
  const peers: Peer[] = []
  try {
    for (const name of names) {
      peers.push(await startPeer(name, { services: SERVICES, apiPort: api.port, cpus: SERVER_CPU }))
    }
    const [ours, coredns] = peers as [Peer, Peer]
    const cpus = CLIENT_CPU
    const saturation = await runLoad({ port: coredns.port, queries, seconds, cpus })
    const rate = Math.round(saturation.queriesPerSecond / 2)
    const results = new Map<Peer, number[][]>(peers.map((peer) => [peer, SHARES.map(() => [])]))
    for (let round = 0; round < rounds; round++) {
      for (const [peer, lists] of results) {
        const { latencies } = await runLatency({ port: peer.port, queries, seconds, cpus, rate })
        SHARES.forEach((share, i) => {
          lists[i]!.push(percentile(latencies, share))
        })
        const shown = lists.map((list) => list.at(-1)!.toFixed(3)).join(' ')
        process.stderr.write(`${peer.name}: p50 p99 p99.9 = ${shown} ms\n`)
      }
    }
    const row = (peer: Peer) => results.get(peer)!.map(median)
    publish({
      name: 'latency',
      title: 'Latency at half of the maximum load of CoreDNS',
      columns: ['server', 'p50 ms', 'p99 ms', 'p99.9 ms'],
      rows: peers.map((peer) => [peer.name, ...row(peer).map((ms) => ms.toFixed(3))]),
      goals: [ratioGoal('p99.9 against CoreDNS', row(ours)[2]! / row(coredns)[2]!, undefined, 1)],
      notes: [
        `${rate} queries a second for ${seconds} s, each timed by dnsperf; medians of ${rounds} alternating rounds.`,
      ],
    })
  } finally {
    for (const peer of peers) await peer.stop()
    await api.stop()
  }
}
