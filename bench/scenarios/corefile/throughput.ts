// Answers per CPU second of the server, for each kind of question.
import {
  cachedLine,
  dayLine,
  type Line,
  linesFile,
  localLine,
  uniqueLine,
  zipfLine,
} from '../../support/corefile-queries.ts'
import { SIDES } from '../../support/corefile-servers.ts'
import { localService } from '../../support/local-objects.ts'
import { type Findings, type Goal, ratioGoal, ratioOf } from '../../support/report.ts'
import { queryFile } from '../qps.ts'
import {
  IMPORTS,
  inTurn,
  type Load,
  type PerCpu,
  type Rig,
  SERVICES,
  startRig,
  thousands,
} from './rig.ts'

const QUERIES = 200_000
/** Of a file that a load must not read twice: more than any server answers in its time. */
const ONCE = 700_000
const CACHED = 5_000
/** Rules of `rewrite`. */
const ALIASES = 20
const ZIPF = 100_000
const UPSTREAM_DELAY_US = '5000'

const CLUSTERSET = 'clusterset.local'

/** The same file in all rounds, made once. */
function always(what: string, seconds: number, file: string): Load {
  return { what, seconds, queries: () => file }
}

interface Wanted {
  /** At least this many times CoreDNS; the multiple is only reported without it. */
  readonly coredns?: number
  /** At least this share of our own clusterset answers. */
  readonly clusterset?: number
}

async function compare(
  what: string,
  load: Load,
  wanted: Wanted,
  rounds: number,
  rig: Rig,
): Promise<Findings> {
  const reference = always(CLUSTERSET, load.seconds, queryFile(IMPORTS))
  const loads = wanted.clusterset === undefined ? [load] : [reference, load]
  const result = await inTurn(rig.servers, loads, rounds)
  const ours = result('clusterset-dns', what)
  const theirs = result('CoreDNS', what)
  const goals: Goal[] = []
  const against = (base: PerCpu | undefined) => ratioOf(ours?.perCpuSecond, base?.perCpuSecond)
  if (wanted.clusterset !== undefined) {
    const name = `${what}: answers per CPU second against our clusterset answers`
    goals.push(ratioGoal(name, against(result('clusterset-dns', CLUSTERSET)), wanted.clusterset))
  }
  if (wanted.coredns !== undefined) {
    const name = `${what}: answers per CPU second against CoreDNS`
    goals.push(ratioGoal(name, against(theirs), wanted.coredns))
  }
  const rows = loads.flatMap((each) =>
    SIDES.map((side): [string, string] => {
      const measured = result(side, each.what)
      if (measured === undefined) return [`${side}, ${each.what}`, 'not measured']
      const { perCpuSecond, queriesPerSecond, lost, failed } = measured
      const text = `${thousands(perCpuSecond)} answers per CPU second, ${thousands(queriesPerSecond)} queries/s, ${lost} lost, ${failed} failed`
      return [`${side}, ${each.what}`, text]
    }),
  )
  const ratio = against(theirs)
  if (wanted.coredns === undefined && ratio !== undefined) {
    rows.push([`${what}: answers per CPU second against CoreDNS`, `${ratio.toFixed(2)}x`])
  }
  return { rows, goals, notes: rig.failures }
}

async function withRig(
  upstream: string,
  measure: (rig: Rig) => Promise<Findings>,
): Promise<Findings> {
  const rig = await startRig({ upstreams: [upstream] })
  try {
    return await measure(rig)
  } finally {
    await rig.stop()
  }
}

/** cluster.local: 10,000 Services. */
export function local(rounds = 5, seconds = 4): Promise<Findings> {
  return withRig('0', (rig) => {
    const load = always('cluster.local', seconds, linesFile(localLine(SERVICES), QUERIES))
    return compare('cluster.local', load, { coredns: 6, clusterset: 0.9 }, rounds, rig)
  })
}

/** Names that exact rules of `rewrite` make Services of, with their A and AAAA questions. */
export async function alias(rounds = 5, seconds = 4): Promise<Findings> {
  const nameOf = (index: number) => `host-${index}.example.com`
  const rules = Array.from({ length: ALIASES }, (_, index) => {
    const { name, namespace } = localService(index)
    return `rewrite name exact ${nameOf(index)} ${name}.${namespace}.svc.cluster.local`
  })
  const rig = await startRig({ both: rules.join('\n  ') })
  try {
    const line: Line = (random) =>
      `${nameOf(random.int(ALIASES))} ${random.pick(['A', 'A', 'AAAA'])}`
    const load = always('aliases', seconds, linesFile(line, QUERIES))
    return await compare('aliases', load, { coredns: 5 }, rounds, rig)
  } finally {
    await rig.stop()
  }
}

/** External names that the cache holds. */
export function cached(rounds = 5, seconds = 4): Promise<Findings> {
  return withRig('0', async (rig) => {
    const load = always('cached names', seconds, linesFile(cachedLine(CACHED), QUERIES))
    await inTurn(rig.servers, [{ ...load, what: 'warm-up', seconds: 3 }], 1)
    return compare('cached names', load, { clusterset: 0.9 }, rounds, rig)
  })
}

/** 100,000 external names, Zipf 1.0, through an upstream that takes 5 ms. */
export function misses(rounds = 5, seconds = 6): Promise<Findings> {
  return withRig(UPSTREAM_DELAY_US, async (rig) => {
    const line = zipfLine(ZIPF)
    const load: Load = {
      what: 'Zipf names',
      seconds,
      queries: (round) => linesFile(line, QUERIES, 100 + round),
    }
    await inTurn(
      rig.servers,
      [{ ...load, what: 'warm-up', queries: () => linesFile(line, QUERIES) }],
      1,
    )
    return compare('Zipf names', load, { coredns: 3 }, rounds, rig)
  })
}

/** Names that are asked once, through an upstream that replies at once. */
export function unique(rounds = 5, seconds = 4): Promise<Findings> {
  return withRig('0', (rig) => {
    const load: Load = {
      what: 'unique names',
      seconds,
      queries: () => linesFile(uniqueLine(), ONCE),
    }
    return compare('unique names', load, { coredns: 2 }, rounds, rig)
  })
}

/** The mix of a day. */
export function day(rounds = 5, seconds = 5): Promise<Findings> {
  return withRig('0', (rig) => {
    const mix = { services: SERVICES, imports: IMPORTS, cached: CACHED }
    const load: Load = {
      what: "a day's mix",
      seconds,
      queries: () => linesFile(dayLine(mix), ONCE),
    }
    return compare("a day's mix", load, { coredns: 5 }, rounds, rig)
  })
}
