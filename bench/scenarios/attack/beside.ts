// Measures what the good clients get while an attack runs, against what they get without it.
import { readFileSync } from 'node:fs'
import type { CorefileServer } from '../../support/corefile-servers.ts'
import { memoryOf } from '../../support/process.ts'
import { type Findings, type Goal, ratioGoal } from '../../support/report.ts'
import { median } from '../../support/stats.ts'
import { thousands } from '../corefile/rig.ts'
import { CLIENT_CPU } from '../qps.ts'
import { askByTcp, askSteadily, fillCache, knownNames, type Steady } from './good-load.ts'

/** Something that strangers do to the server at `port` for about `seconds`; `full` = the rate that saturates it. */
export interface Attack {
  readonly name: string
  readonly run: (port: number, seconds: number, full: number) => Promise<void>
  /** True for load that is no attack: the others are compared with it, and it has no goal. */
  readonly isControl?: boolean
}

/** How often each attack is measured. */
export const ROUNDS = 3
const GOOD_SHARE = 0.6
const SECONDS = 4
/** The attack starts this much earlier than the measurement, in seconds. */
const LEAD = 1
const MAX_GROWTH = 64e6

/** One round of an attack. */
interface Round {
  readonly good: Steady
  /** Good questions by TCP that were not answered; undefined if none were asked. */
  readonly lostByTcp: number | undefined
  /** Packets that the clients' core dropped before they reached the server, of the good clients or of the attacker. */
  readonly dropped: number
  readonly growth: number
}

/** The medians of the rounds of an attack, and the most that memory grew. */
interface Result {
  readonly attack: Attack
  readonly p99: number
  readonly sent: number
  readonly unanswered: number
  readonly lostByTcp: number | undefined
  readonly dropped: number
  readonly growth: number
}

interface Measured {
  readonly full: number
  /** Without an attack: one before each. */
  readonly calm: readonly Steady[]
  readonly results: readonly Result[]
}

const wait = (seconds: number) => new Promise((done) => setTimeout(done, 1000 * seconds))

export async function measure(
  server: CorefileServer,
  attacks: readonly Attack[],
  byTcp: boolean,
  rounds: number,
): Promise<Measured> {
  const { port, pid, side } = server
  await fillCache(port)
  const file = knownNames()
  const saturated = await askSteadily(port, 0, SECONDS, file)
  const full = saturated.answered / SECONDS
  const rate = Math.round(GOOD_SHARE * full)
  const calm: Steady[] = []
  const measured = new Map<Attack, Round[]>(attacks.map((attack) => [attack, []]))
  // Round by round, so that what else the machine does at a time is not in all rounds of one attack.
  for (const attack of Array.from({ length: rounds }, () => attacks).flat()) {
    const { name, run } = attack
    calm.push(await askSteadily(port, rate, SECONDS, file))
    const before = memoryOf(pid).rss
    const droppedBefore = droppedByClients()
    const attacking = run(port, SECONDS + LEAD + 1, full)
    await wait(LEAD)
    const [good, lostByTcp] = await Promise.all([
      askSteadily(port, rate, SECONDS, file),
      byTcp ? askByTcp(port, SECONDS, file) : undefined,
    ])
    const dropped = droppedByClients() - droppedBefore
    const growth = memoryOf(pid).rss - before
    await attacking
    server.check()
    measured.get(attack)!.push({ good, lostByTcp, dropped, growth })
    const { p99, sent, answered, failed } = good
    process.stderr.write(
      `${side}, ${name}: p99 ${p99} µs (calm ${calm.at(-1)!.p99} µs), ${sent - answered} of ${sent} not answered ` +
        `(${failed} failed), ${lostByTcp ?? 0} lost by TCP, ${(growth / 1e6).toFixed(0)} MB more\n`,
    )
  }
  return { full, calm, results: [...measured].map(([attack, all]) => resultOf(attack, all)) }
}

const unanswered = ({ sent, answered }: Steady) => sent - answered

function resultOf(attack: Attack, all: readonly Round[]): Result {
  const asksByTcp = all.some(({ lostByTcp }) => lostByTcp !== undefined)
  return {
    attack,
    p99: median(all.map(({ good }) => good.p99)),
    sent: all[0]!.good.sent,
    unanswered: median(all.map(({ good }) => unanswered(good))),
    lostByTcp: asksByTcp ? median(all.map(({ lostByTcp = 0 }) => lostByTcp)) : undefined,
    dropped: median(all.map(({ dropped }) => dropped)),
    growth: Math.max(...all.map(({ growth }) => growth)),
  }
}

/** What the kernel has dropped so far because too many packets waited on the clients' core (net.core.netdev_max_backlog). */
function droppedByClients(): number {
  const cores = readFileSync('/proc/net/softnet_stat', 'utf8').trim().split('\n')
  return Number.parseInt(cores[Number(CLIENT_CPU)]?.split(' ')[1] ?? '0', 16)
}

/**
 * Measures each server in turn, each attack `rounds` times; with `byTcp`, good clients also ask by TCP. The goals are those
 * of ours.
 */
export async function besideGoodLoad(
  servers: readonly CorefileServer[],
  attacks: readonly Attack[],
  rounds: number,
  byTcp = false,
): Promise<Pick<Findings, 'rows' | 'goals'>> {
  const rows: [string, string][] = []
  const goals: Goal[] = []
  for (const server of servers) {
    const { full, calm, results } = await measure(server, attacks, byTcp, rounds)
    const calmP99 = median(calm.map(({ p99 }) => p99))
    const lost = median(calm.map(unanswered))
    rows.push([
      `${server.side}, without an attack`,
      `saturated at ${thousands(full)}/s; at 60 % p99 ${calmP99} µs, ${lost} not answered`,
    ])
    const controlP99 = results.find(({ attack }) => attack.isControl)?.p99
    for (const result of results) {
      const { attack, p99, sent, growth, lostByTcp } = result
      const ratio = p99 / calmP99
      const theirs =
        attack.isControl || controlP99 === undefined
          ? ''
          : `, ${(p99 / controlP99).toFixed(2)} times theirs`
      const tcpText = lostByTcp === undefined ? '' : `, ${lostByTcp} of TCP not answered`
      rows.push([
        `${server.side}, ${attack.name}`,
        `p99 ${p99} µs (${ratio.toFixed(2)}x${theirs}), ${result.unanswered} of ${sent} not answered${tcpText}, RSS ${megabytes(growth)}`,
      ])
      if (server.side === 'clusterset-dns' && !attack.isControl)
        goals.push(...goalsOf(result, ratio))
    }
  }
  return { rows, goals }
}

const megabytes = (bytes: number) => `${bytes < 0 ? '' : '+'}${(bytes / 1e6).toFixed(0)} MB`

function goalsOf(
  { attack: { name }, unanswered, lostByTcp = 0, dropped, growth }: Result,
  ratio: number,
): Goal[] {
  const none = unanswered + lostByTcp
  return [
    {
      what: `${name}: good questions without an answer`,
      goal: 'none',
      measured:
        dropped === 0 ? String(none) : `${none}; ${dropped} packets never reached the server`,
      met: none <= dropped,
    },
    ratioGoal(`${name}: p99 of good questions against without`, ratio, undefined, 1.5),
    {
      what: `${name}: RSS that it adds`,
      goal: `at most ${megabytes(MAX_GROWTH)}`,
      measured: megabytes(growth),
      met: growth <= MAX_GROWTH,
    },
  ]
}
