// The judgements of a soak: pure functions of its minutes.
import type { IncidentCount } from './incidents.ts'
import { type Minute, sumOf, typical } from './minute.ts'
import type { Sample } from './sampler.ts'
import { lineThrough, risingTrend } from './trend.ts'

export interface Judgement {
  readonly what: string
  readonly wanted: string
  readonly measured: string
  /** Undefined when the run was too short to tell. */
  readonly holds: boolean | undefined
}

/** Memory settles in the first so many minutes, or in the first third of a shorter run. */
export const SETTLE_MINUTES = 30
/** With fewer minutes behind them, no trend is judged. */
const MIN_MINUTES = 10
/** Percent of the mean, for each hour. */
const MAX_GROWTH = 1
/** A slope of fewer standard errors can be chance. */
const ERRORS = 2
/** A trend is one that fewer than so many series without trend show. */
const MAX_CHANCE = 0.01

/** The minutes of which trends are judged. */
export function settledOf(minutes: readonly Minute[]): readonly Minute[] {
  const end = minutes.at(-1)?.at ?? 0
  const settled = Math.min(SETTLE_MINUTES, end / 3)
  return minutes.filter(({ at }) => at > settled)
}

/** All judgements. */
export function judge(
  minutes: readonly Minute[],
  incidents: ReadonlyMap<string, IncidentCount>,
): readonly Judgement[] {
  const settled = settledOf(minutes)
  return [
    growth('RSS', settled, (minute) => typical(minute, ({ rss }) => rss)),
    growth('anonymous memory', settled, (minute) => typical(minute, (one) => one.anonymous)),
    // What is used between two collections of garbage is no growth.
    growth('heap of the control thread', settled, (minute) => lowest(minute, ({ heap }) => heap)),
    descriptors(settled),
    threads(settled),
    latency(settled),
    none(
      'wrong replies',
      sumOf(minutes, ({ verdicts }) => verdicts.wrong),
    ),
    none(
      'lost replies',
      sumOf(minutes, ({ verdicts }) => verdicts.lost),
    ),
    none('measured changes not answered in time', unanswered(minutes, incidents)),
    ...faults(minutes),
  ]
}

function growth(
  what: string,
  minutes: readonly Minute[],
  of: (minute: Minute) => number,
): Judgement {
  const { mean, slope, error } = lineThrough(
    minutes.map(({ at }) => at / 60),
    minutes.map(of),
  )
  const percent = (100 * slope) / mean
  const errorPercent = (100 * error) / mean
  const measured = `${signed(percent)} % an hour, standard error ${errorPercent.toFixed(2)} %`
  return trend(minutes, {
    what: `growth of the ${what}`,
    wanted: `at most ${MAX_GROWTH} % an hour, or within ${ERRORS} standard errors`,
    measured,
    holds: percent <= MAX_GROWTH || percent <= ERRORS * errorPercent,
  })
}

function descriptors(minutes: readonly Minute[]): Judgement {
  const { slope, error } = lineThrough(
    minutes.map(({ at }) => at / 60),
    minutes.map((minute) => typical(minute, (one) => one.descriptors)),
  )
  return trend(minutes, {
    what: 'growth of open descriptors',
    wanted: `at most 1 an hour, or within ${ERRORS} standard errors`,
    measured: `${signed(slope)} an hour, standard error ${error.toFixed(2)}`,
    holds: slope <= 1 || slope <= ERRORS * error,
  })
}

function threads(minutes: readonly Minute[]): Judgement {
  const counts = minutes.map((minute) => typical(minute, (one) => one.threads))
  const [low, high] = [Math.min(...counts), Math.max(...counts)]
  return trend(minutes, {
    what: 'threads',
    wanted: 'as many at the end as at the start',
    measured: `${low} to ${high}`,
    holds: (counts.at(-1) ?? 0) <= (counts[0] ?? 0),
  })
}

function latency(minutes: readonly Minute[]): Judgement {
  const p99 = risingTrend(minutes.map(({ udp }) => udp.quantile(0.99)))
  const ratio = risingTrend(
    minutes.map(({ udp, echo }) => udp.quantile(0.99) / echo.quantile(0.99)),
  )
  const text = ({ tau, chance }: typeof p99) => `tau ${signed(tau)}, chance ${chance.toFixed(3)}`
  return trend(minutes, {
    what: 'trend of the p99 over UDP',
    wanted: `no rise, or a rise of the echo server's p99, too (chance at least ${MAX_CHANCE})`,
    measured: `p99: ${text(p99)}; in units of the echo's p99: ${text(ratio)}`,
    holds: p99.chance >= MAX_CHANCE || ratio.chance >= MAX_CHANCE,
  })
}

function trend(minutes: readonly Minute[], judgement: Judgement): Judgement {
  if (minutes.length >= MIN_MINUTES) return judgement
  const measured = `${judgement.measured} (fewer than ${MIN_MINUTES} minutes)`
  return { ...judgement, measured, holds: undefined }
}

function unanswered(
  minutes: readonly Minute[],
  incidents: ReadonlyMap<string, IncidentCount>,
): number {
  const missed = [...incidents.values()].reduce((sum, one) => sum + one.missed, 0)
  return missed + sumOf(minutes, ({ unseen }) => unseen)
}

/** One judgement for each counter of faults. */
function faults(minutes: readonly Minute[]): readonly Judgement[] {
  const first = minutes[0]?.samples[0]?.faults ?? {}
  const last = minutes.at(-1)?.samples.at(-1)?.faults ?? {}
  return Object.keys(last).map((name) => none(name, last[name]! - (first[name] ?? 0)))
}

function none(what: string, count: number): Judgement {
  return { what, wanted: 'none', measured: String(count), holds: count === 0 }
}

function lowest({ samples }: Minute, of: (sample: Sample) => number): number {
  return Math.min(...samples.map(of))
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`
}
