// The time from the start of the process until 1,000 sampled names are answered with records.
import { type PeerName, startPeer, startReplayApi } from '../support/peers.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { median } from '../support/stats.ts'
import { CLIENT_CPU, SERVER_CPU } from './qps.ts'

const COUNTS = [10_000, 100_000]

/** Measures our server and CoreDNS `rounds` times, and writes bench/results/start.md. */
export async function start(rounds = 3): Promise<void> {
  const names: PeerName[] = ['clusterset-dns', 'CoreDNS']
  const rows: string[][] = []
  const goals = []
  for (const services of COUNTS) {
    const times = new Map<PeerName, number[]>(names.map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const [name, list] of times) {
        // A new API server each time, so that no server profits from a warm one.
        const api = await startReplayApi(services, CLIENT_CPU)
        const peer = await startPeer(name, { services, apiPort: api.port, cpus: SERVER_CPU })
        list.push(peer.startMs)
        await peer.stop()
        await api.stop()
        process.stderr.write(`${name} at ${services}: ${peer.startMs.toFixed(0)} ms\n`)
      }
    }
    const [ours = 0, theirs = 0] = names.map((name) => median(times.get(name) ?? []))
    rows.push([String(services), (ours / 1000).toFixed(2), (theirs / 1000).toFixed(2)])
    goals.push(ratioGoal(`${services} services, against CoreDNS`, ours / theirs, undefined, 0.5))
  }
  publish({
    name: 'start',
    title: 'Start until 1,000 sampled names are answered',
    columns: ['services', 'clusterset-dns, s', 'CoreDNS, s'],
    rows,
    goals,
    notes: [
      `Each server on one core, the replay API server on another; medians of ${rounds} rounds.`,
    ],
  })
}
