// The time from the start of the process until 1,000 sampled names are answered with records.
import { type PeerName, startPeer, startReplayApi } from '../support/peers.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { median } from '../support/stats.ts'
import { CLIENT_CPU, SERVER_CPU } from './qps.ts'

const COUNTS = [10_000, 100_000]
const NAMES: readonly PeerName[] = ['clusterset-dns', 'CoreDNS']

/** Seconds, one value for each round. */
interface Starts {
  readonly times: number[]
  readonly cpu: number[]
}

/** Measures our server and CoreDNS `rounds` times, and writes bench/results/start.md. */
export async function start(rounds = 3): Promise<void> {
  const rows: string[][] = []
  const goals = []
  for (const services of COUNTS) {
    const all = new Map<PeerName, Starts>(NAMES.map((name) => [name, { times: [], cpu: [] }]))
    for (let round = 0; round < rounds; round++) {
      for (const [name, { times, cpu }] of all) {
        // A new API server each time, so that no server profits from a warm one.
        const api = await startReplayApi(services, CLIENT_CPU)
        const peer = await startPeer(name, { services, apiPort: api.port, cpus: SERVER_CPU })
        times.push(peer.startMs / 1000)
        cpu.push(peer.startCpuSeconds)
        await peer.stop()
        await api.stop()
        process.stderr.write(
          `${name} at ${services}: ${peer.startMs.toFixed(0)} ms, ${peer.startCpuSeconds} CPU seconds\n`,
        )
      }
    }
    const [ours, theirs] = NAMES.map((name) => all.get(name)!)
    const medians = [ours!.times, theirs!.times, ours!.cpu, theirs!.cpu].map(median)
    rows.push([String(services), ...medians.map((seconds) => seconds.toFixed(2))])
    const ratio = medians[0]! / medians[1]!
    goals.push(ratioGoal(`${services} services, against CoreDNS`, ratio, undefined, 0.5))
  }
  publish({
    name: 'start',
    title: 'Start until 1,000 sampled names are answered',
    columns: [
      'services',
      'clusterset-dns, s',
      'CoreDNS, s',
      'clusterset-dns, CPU s',
      'CoreDNS, CPU s',
    ],
    rows,
    goals,
    notes: [
      `Each server on one core, the replay API server on another; medians of ${rounds} rounds.`,
    ],
  })
}
