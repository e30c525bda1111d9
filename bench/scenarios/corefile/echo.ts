// The CPU time of a compiled answer against that of an echo in C with the same system calls.
import { runLoad } from '../../support/dnsperf.ts'
import { startNative } from '../../support/native.ts'
import { startPeer, startReplayApi } from '../../support/peers.ts'
import { cpuSeconds } from '../../support/process.ts'
import { type Findings, ratioGoal } from '../../support/report.ts'
import { median } from '../../support/stats.ts'
import { CLIENT_CPU, queryFile, SERVER_CPU } from '../qps.ts'
import { IMPORTS } from './rig.ts'

const names = ['clusterset-dns', 'echo in C'] as const

/** Microseconds of CPU time for each answer, medians of rounds in turn. */
export async function echo(rounds = 7, seconds = 4): Promise<Findings> {
  const queries = queryFile(IMPORTS)
  const api = await startReplayApi(IMPORTS, CLIENT_CPU)
  const stops = [api.stop]
  try {
    const options = { services: IMPORTS, apiPort: api.port, cpus: SERVER_CPU }
    const server = await startPeer('clusterset-dns', options)
    stops.push(server.stop)
    const reference = await startNative('echo', SERVER_CPU)
    stops.push(reference.stop)
    const costs: readonly number[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      for (const [i, { pid, port }] of [server, reference].entries()) {
        const before = cpuSeconds(pid)
        const { completed } = await runLoad({ port, queries, seconds, cpus: CLIENT_CPU })
        const cost = (1e6 * (cpuSeconds(pid) - before)) / completed
        costs[i]!.push(cost)
        process.stderr.write(`${names[i]}: ${cost.toFixed(2)} µs for each answer\n`)
      }
    }
    const [ours, theirs] = costs.map(median) as [number, number]
    return {
      rows: names.map((name, i) => [
        `${name}, CPU time of an answer`,
        `${median(costs[i]!).toFixed(2)} µs`,
      ]),
      goals: [
        ratioGoal('CPU time of a compiled answer against the echo', ours / theirs, undefined, 1.3),
      ],
      notes: [
        'The echo is bench/support/echo.c: recvmmsg and sendmmsg of 64 datagrams, and nothing else.',
      ],
    }
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}
