// The report of a soak as Markdown: pure functions.
import { table } from '../support/report-text.ts'
import { median, percentile } from '../support/stats.ts'
import { CATCH_UP_MS, VISIBLE_MS } from './churn.ts'
import type { Histogram } from './histogram.ts'
import { type IncidentCount, RECOVERY_MS } from './incidents.ts'
import { type Judgement, SETTLE_MINUTES } from './judge.ts'
import { type Minute, merged, sumOf, typical } from './minute.ts'

export interface SoakResult {
  /** The line of the commit and the machine. */
  readonly machine: string
  /** How many minutes were wanted. */
  readonly wanted: number
  readonly minutes: readonly Minute[]
  readonly incidents: ReadonlyMap<string, IncidentCount>
  readonly judgements: readonly Judgement[]
  /** What was loaded, as text. */
  readonly setting: string
  /** Why the run ended early; undefined when it did not. */
  readonly ended?: string | undefined
}

/** Minutes in one row. */
const ROW = 10

/** The text of the report. */
export function reportOf(result: SoakResult): string {
  const { machine, wanted, minutes, incidents, judgements, setting, ended } = result
  const length = minutes.at(-1)?.at ?? 0
  const incomplete =
    ended === undefined
      ? []
      : [`**Incomplete: ${ended} after ${length.toFixed(1)} of ${wanted} minutes.**`]
  const wrong = minutes.flatMap(({ wrongSamples }) => wrongSamples).slice(0, 20)
  return `${[
    `# Soak of ${length.toFixed(length < 10 ? 1 : 0)} minutes`,
    ...incomplete,
    machine,
    setting,
    '## Judgements',
    judgementTable(judgements),
    '## Every ten minutes',
    minuteTable(minutes),
    '## What was done to the server, and what it cost',
    incidentTable(minutes, incidents),
    ...(wrong.length === 0 ? [] : ['## Wrong and lost replies', list(wrong)]),
    '## How to read it',
    list(NOTES),
  ].join('\n\n')}\n`
}

const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join('\n')

function judgementTable(judgements: readonly Judgement[]): string {
  const word = (holds: boolean | undefined) =>
    holds === undefined ? 'not judged' : holds ? 'holds' : '**fails**'
  return table(
    ['what', 'wanted', 'measured', ''],
    judgements.map(({ what, wanted, measured, holds }) => [what, wanted, measured, word(holds)]),
  )
}

const COLUMNS = [
  'minutes',
  'questions',
  'UDP p50 / p99 / p99.9 ms',
  'TCP p99 ms',
  'echo p99 ms',
  'RSS MB',
  'anonymous MB',
  'heap MB',
  'tables and cache MB',
  'descriptors',
  'threads',
  'CPU of the server',
  'load of the machine',
  'changes',
  'change answered p50 / p99 ms',
  'wrong',
  'lost',
  'excused',
]

function minuteTable(minutes: readonly Minute[]): string {
  const groups = Map.groupBy(minutes, ({ at }) => Math.ceil(at / ROW - 1e-9))
  const rows = [...groups.values()].map(minuteRow)
  return table(COLUMNS, rows)
}

function minuteRow(minutes: readonly Minute[]): readonly string[] {
  const middle = (of: (minute: Minute) => number) => median(minutes.map(of))
  const memory = (of: Parameters<typeof typical>[1]) =>
    (middle((minute) => typical(minute, of)) / 1e6).toFixed(1)
  const count = (of: (minute: Minute) => number) => String(sumOf(minutes, of))
  const p99 = (histogram: Histogram) => ms(histogram.quantile(0.99))
  const udp = merged(minutes, (minute) => minute.udp)
  const [first, last] = [minutes[0]!, minutes.at(-1)!]
  const samples = minutes.flatMap((minute) => minute.samples)
  const cpu =
    (last.samples.at(-1)!.cpuSeconds - first.samples[0]!.cpuSeconds) /
    Math.max(
      1e-9,
      sumOf(minutes, ({ seconds }) => seconds),
    )
  const lags = minutes.flatMap((minute) => minute.lags).sort((a, b) => a - b)
  const counts = ({ verdicts }: Minute) =>
    Object.values(verdicts).reduce((sum, one) => sum + one, 0)
  return [
    `${(first.at - first.seconds / 60).toFixed(0)} to ${last.at.toFixed(last.at < 10 ? 1 : 0)}`,
    count(counts),
    [0.5, 0.99, 0.999].map((share) => ms(udp.quantile(share))).join(' / '),
    p99(merged(minutes, ({ tcp }) => tcp)),
    p99(merged(minutes, ({ echo }) => echo)),
    memory(({ rss }) => rss),
    memory(({ anonymous }) => anonymous),
    memory(({ heap }) => heap),
    memory(({ shared }) => shared),
    middle((minute) => typical(minute, (one) => one.descriptors)).toFixed(0),
    middle((minute) => typical(minute, (one) => one.threads)).toFixed(0),
    `${(100 * cpu).toFixed(1)} %`,
    (samples.reduce((sum, { load }) => sum + load, 0) / samples.length).toFixed(1),
    count(({ changes }) => changes),
    [0.5, 0.99].map((share) => ms(percentile(lags, share))).join(' / '),
    count(({ verdicts }) => verdicts.wrong),
    count(({ verdicts }) => verdicts.lost),
    count(({ verdicts }) => verdicts.excused),
  ]
}

function incidentTable(
  minutes: readonly Minute[],
  incidents: ReadonlyMap<string, IncidentCount>,
): string {
  const rows = [...incidents].map(([what, { times, afterMs, missed }]) => {
    const failures = minutes.flatMap(({ failures }) => failures[what] ?? [])
    const asked = failures.reduce((sum, one) => sum + one.asked, 0)
    const failed = failures.reduce((sum, one) => sum + one.failed, 0)
    const after =
      afterMs.length === 0 ? '' : `${seconds(median(afterMs))} / ${seconds(Math.max(...afterMs))}`
    const cost = failures.length === 0 ? '0' : `${failed} of ${asked} names of upstreams`
    return [what, String(times), cost, `${after}${missed === 0 ? '' : ` (${missed} not in time)`}`]
  })
  return table(
    ['what', 'times', 'replies without the right answer', 'right again: median / longest'],
    rows,
  )
}

const NOTES = [
  'Each reply is decoded and compared with what the objects on the API server say: rcode and all answers. A reply that does not come within 8 s is lost.',
  `A changed name may have its old answer for ${VISIBLE_MS / 1000} s after the API server has confirmed the write; after an outage of the API server for ${CATCH_UP_MS / 1000} s after its return. Everything else is wrong at once.`,
  `While upstreams fail, and ${RECOVERY_MS / 1000} s longer, questions for names that only they know may have no reply or SERVFAIL: they are excused and counted. Nothing else is ever excused.`,
  'The server answers the questions of a TCP connection one after the other, as CoreDNS does: what stands behind a question for a silent upstream waits for it. So names of upstreams and names of objects are asked over different connections.',
  `Trends are judged from the minutes behind the first ${SETTLE_MINUTES}, or behind the first third of a shorter run. A minute counts with the median of its samples; the heap with the lowest one.`,
  'Growth is the slope of the least-squares line. Its standard error takes into account that successive minutes resemble each other (effective number of minutes n (1 - r) / (1 + r), r the correlation of successive residuals). A slope within two standard errors cannot be told from none.',
  'The trend of the p99 is judged by the one-sided Mann-Kendall test. `chance` is the probability that a series without trend rises as clearly. The machine is not used by the soak alone, so an echo server beside it (`node:dgram`) is asked by the same client: when its latency rises in the same way, the machine is slower, not the server.',
  'The incidents are part of all figures: the table of latencies contains the failing upstreams, the starts of the API server and the reloads.',
  '`npm run soak`',
]

function ms(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(value < 10 ? 2 : 0)
}

function seconds(value: number): string {
  return `${(value / 1000).toFixed(1)} s`
}
