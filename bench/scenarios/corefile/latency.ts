// Latency: at half of CoreDNS' saturation, and of misses while one of two upstreams is away.
import { dayLine, linesFile, uniqueLine } from '../../support/corefile-queries.ts'
import type { CorefileServer, Side } from '../../support/corefile-servers.ts'
import { runLatency, runLoad } from '../../support/dnsperf.ts'
import { type Findings, ratioGoal, ratioOf } from '../../support/report.ts'
import { median, percentile } from '../../support/stats.ts'
import { CLIENT_CPU } from '../qps.ts'
import { IMPORTS, SERVICES, startRig } from './rig.ts'

const CACHED = 5_000
const QUERIES = 400_000
/** dnsperf gives up on a query after this time. */
const TIMEOUT_MS = 5_000
const MISS_RATE = 200

const oursToTheirs = (results: ReadonlyMap<Side, number>) =>
  ratioOf(results.get('clusterset-dns'), results.get('CoreDNS'))
const shown = (ms: number) => `${ms.toFixed(ms < 10 ? 3 : 0)} ms`

/** The 99.9th percentile of a day's mix at half of the rate that saturates CoreDNS. */
export async function halfLoad(rounds = 5, seconds = 5): Promise<Findings> {
  const rig = await startRig()
  try {
    const mix = { services: SERVICES, imports: IMPORTS, cached: CACHED }
    const queries = () => linesFile(dayLine(mix), QUERIES)
    const cpus = CLIENT_CPU
    const coredns = rig.servers.find(({ side }) => side === 'CoreDNS')
    if (coredns === undefined) throw new Error(rig.failures.join('; '))
    const full = await runLoad({ port: coredns.port, queries: queries(), seconds, cpus })
    const rate = Math.round(full.queriesPerSecond / 2)
    const results = new Map<Side, number[]>()
    for (let round = 0; round < rounds; round++) {
      const file = queries()
      for (const { side, port } of rig.servers) {
        const { latencies } = await runLatency({ port, queries: file, seconds, cpus, rate })
        const value = percentile(latencies, 0.999)
        results.set(side, [...(results.get(side) ?? []), value])
        process.stderr.write(`${side}: p99.9 ${shown(value)} at ${rate}/s\n`)
      }
    }
    const what = "a day's mix at half load: p99.9 against CoreDNS"
    const medians = new Map([...results].map(([side, values]) => [side, median(values)]))
    return {
      rows: [...medians].map(([side, value]) => [
        `${side}, p99.9 of a day's mix at ${rate} queries/s`,
        shown(value),
      ]),
      goals: [ratioGoal(what, oursToTheirs(medians), undefined, 0.5)],
      notes: rig.failures,
    }
  } finally {
    await rig.stop()
  }
}

/** The 99th percentile of misses in the first `seconds` of a server, which counts queries without a reply, too. */
async function missP99({ side, port }: CorefileServer, seconds: number): Promise<number> {
  const queries = linesFile(uniqueLine(), MISS_RATE * seconds + 1000)
  const load = { port, queries, seconds, cpus: CLIENT_CPU, rate: MISS_RATE, outstanding: 4000 }
  const { latencies, lost } = await runLatency(load)
  const all = Float64Array.from([...latencies, ...Array(lost).fill(TIMEOUT_MS)]).sort()
  process.stderr.write(`${side}: p99 of misses ${shown(percentile(all, 0.99))}, ${lost} lost\n`)
  return percentile(all, 0.99)
}

/** The 99th percentile of each server that has just started; servers run one after the other. */
async function freshP99(upstreams: readonly string[], seconds: number, sides: readonly Side[]) {
  const results = new Map<Side, number>()
  const failures: string[] = []
  for (const side of sides) {
    const rig = await startRig({ services: 100, imports: 100, upstreams, sides: [side] })
    try {
      failures.push(...rig.failures)
      for (const server of rig.servers) results.set(side, await missP99(server, seconds))
    } finally {
      await rig.stop()
    }
  }
  return { results, failures }
}

/** One of two upstreams is silent from the first query on. */
export async function silentUpstream(_rounds?: number, seconds = 60): Promise<Findings> {
  const upstreams = ['silent', '0']
  const { results, failures } = await freshP99(upstreams, seconds, ['clusterset-dns', 'CoreDNS'])
  const what = 'one of two upstreams silent: p99 of misses against CoreDNS'
  return {
    rows: [...results].map(([side, value]) => [
      `${side}, one of two upstreams silent, p99 of misses in ${seconds} s from the first query`,
      shown(value),
    ]),
    goals: [ratioGoal(what, oursToTheirs(results), undefined, 0.05)],
    notes: failures,
  }
}

/** One of two upstreams refuses. */
export async function refusingUpstream(_rounds?: number, seconds = 20): Promise<Findings> {
  const sides: readonly Side[] = ['clusterset-dns', 'CoreDNS']
  const healthy = await freshP99(['0', '0'], seconds, sides)
  const refusing = await freshP99(['refused', '0'], seconds, sides)
  const what = 'one of two upstreams refusing: p99 of misses against both healthy'
  const [with1, with2] = [refusing, healthy].map(({ results }) => results.get('clusterset-dns'))
  const rows = (text: string, { results }: typeof healthy) =>
    [...results].map(([side, value]): [string, string] => [`${side}, ${text}`, shown(value)])
  return {
    rows: [
      ...rows('both upstreams healthy, p99 of misses', healthy),
      ...rows('one of two upstreams refusing, p99 of misses', refusing),
    ],
    goals: [ratioGoal(what, ratioOf(with1, with2), undefined, 1.5)],
    notes: [...new Set([...healthy.failures, ...refusing.failures])],
  }
}
