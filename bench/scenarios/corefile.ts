// The whole Corefile of a cluster in one server, against CoreDNS with its own spelling of it. Each part can run alone,
// with its own result file.
import { type Findings, publish } from '../support/report.ts'
import { echo } from './corefile/echo.ts'
import { halfLoad, refusingUpstream, silentUpstream } from './corefile/latency.ts'
import { corefileMemory } from './corefile/memory.ts'
import { cached, day, local, misses, unique } from './corefile/throughput.ts'

/** Part -> its benchmark; `rounds` is ignored by parts without rounds. */
const parts: Readonly<Record<string, (rounds?: number) => Promise<Findings>>> = {
  local,
  cached,
  misses,
  unique,
  day,
  latency: halfLoad,
  silent: silentUpstream,
  refusing: refusingUpstream,
  memory: corefileMemory,
  echo,
}

/** The names of the parts. */
export const corefileParts = Object.keys(parts)

/** Runs all parts and writes bench/results/corefile.md, or one part and writes corefile-<part>.md. */
export async function corefile(part?: string, rounds?: number): Promise<void> {
  const findings: Findings[] = []
  for (const [name, measure] of Object.entries(parts)) {
    if (part !== undefined && part !== name) continue
    process.stderr.write(`corefile ${name} ...\n`)
    try {
      findings.push(await measure(rounds))
    } catch (error) {
      // Keeps the results of the other parts.
      process.exitCode = 1
      const [reason = ''] = String(error).split('\n')
      process.stderr.write(`corefile ${name}: ${error instanceof Error ? error.stack : reason}\n`)
      findings.push({ rows: [[name, `not measured: ${reason}`]], goals: [], notes: [] })
    }
  }
  publish({
    name: part === undefined ? 'corefile' : `corefile-${part}`,
    title: part === undefined ? 'The whole Corefile' : `The whole Corefile: ${part}`,
    columns: ['what', 'measured'],
    rows: findings.flatMap(({ rows }) => rows),
    goals: findings.flatMap(({ goals }) => goals),
    notes: [
      ...new Set(findings.flatMap(({ notes }) => notes)),
      'One core for the server; dnsperf, the API server and the upstreams (bench/support/upstream.c) share the other one. Medians of rounds in turn.',
      'Both serve the same objects with the same directives: errors, prometheus, cluster.local with `pods verified` and its reverse zones, clusterset.local, forward, cache 30, loop, reload, loadbalance.',
      `\`npm run bench -- ${['corefile', part, rounds].filter((word) => word !== undefined).join(' ')}\``,
    ],
  })
}
