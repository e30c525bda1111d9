// From the start of the process until all of 1,000 sampled names are answered from data.
import { type PeerName, startPeer, startReplayApi } from '../support/peers.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { median } from '../support/stats.ts'
import { CLIENT_CPU, SERVER_CPU } from './qps.ts'

const COUNTS = [10_000, 100_000]

export async function start(rounds = 3): Promise<void> {
  const names: PeerName[] = ['clusterset-dns', 'CoreDNS']
  const rows: string[][] = []
  const goals = []
  for (const services of COUNTS) {
    const times = new Map<PeerName, number[]>(names.map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const [name, list] of times) {
        // A server of its own each time: none may find the other's answers warm.
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
    notes: [`Each on one core, the API server (a replay) on another; medians of ${rounds} rounds.`],
  })
}
