// The judgements of made-up runs, each with one thing that is wrong.
import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'
import { judge, settledOf } from './judge.ts'
import type { Minute } from './minute.ts'
import { reportOf } from './result.ts'

const MINUTES = 90
/** Does not rise and is not constant. */
const wave = (i: number) => [0, 1, -1, 0.5, -0.5][i % 5]!

interface Changes {
  readonly rss?: (minute: number) => number
  readonly descriptors?: (minute: number) => number
  readonly threads?: (minute: number) => number
  readonly p99?: (minute: number) => number
  readonly echo?: (minute: number) => number
  readonly wrong?: number
  readonly lost?: number
  readonly unseen?: number
  readonly panics?: number
}

function run(changes: Changes = {}, length = MINUTES): readonly Minute[] {
  return Array.from({ length }, (_, i) => {
    const at = i + 1
    const isLast = at === length
    const latency = (ms: number) => {
      const histogram = new Histogram()
      histogram.add(ms)
      return histogram
    }
    const rss = changes.rss?.(at) ?? 100e6 + 1e5 * wave(i)
    return {
      at,
      seconds: 60,
      samples: [
        {
          rss,
          anonymous: rss / 2,
          heap: 20e6 + 1e5 * wave(i),
          shared: 5e6,
          descriptors: changes.descriptors?.(at) ?? 80,
          threads: changes.threads?.(at) ?? 15,
          cpuSeconds: at * 6,
          load: 2,
          faults: { coredns_panics_total: isLast ? (changes.panics ?? 0) : 0 },
        },
      ],
      udp: latency(changes.p99?.(at) ?? 2 + wave(i) / 10),
      tcp: latency(3),
      echo: latency(changes.echo?.(at) ?? 1 + wave(i) / 10),
      echoLost: 0,
      verdicts: {
        right: 60_000,
        wrong: isLast ? (changes.wrong ?? 0) : 0,
        lost: isLast ? (changes.lost ?? 0) : 0,
        excused: 3,
      },
      failures: { 'upstreams refuse': { asked: 30, failed: 3 } },
      wrongSamples: [],
      changes: 600,
      lags: [10, 20],
      unseen: isLast ? (changes.unseen ?? 0) : 0,
    }
  })
}

const failing = (minutes: readonly Minute[]) =>
  judge(minutes, new Map())
    .filter(({ holds }) => holds === false)
    .map(({ what }) => what)

const rising = (from: number, perMinute: number) => (minute: number) =>
  from + perMinute * minute + (from / 1000) * wave(minute)

test.each<[string, Changes, readonly string[]]>([
  ['a good run', {}, []],
  [
    'memory that grows by 2 % an hour',
    { rss: rising(100e6, 2e6 / 60) },
    ['growth of the RSS', 'growth of the anonymous memory'],
  ],
  ['memory that grows by half a percent an hour', { rss: rising(100e6, 0.5e6 / 60) }, []],
  [
    'memory that grows in the first half hour',
    { rss: (at) => 1e6 * Math.min(at, 30) + 1e5 * wave(at) },
    [],
  ],
  [
    'a descriptor more every ten minutes',
    { descriptors: rising(80, 0.1) },
    ['growth of open descriptors'],
  ],
  ['another thread in the end', { threads: (at) => (at > 60 ? 16 : 15) }, ['threads']],
  ['a rising p99', { p99: rising(2, 0.02) }, ['trend of the p99 over UDP']],
  [
    'a p99 that rises as that of the echo server',
    { p99: rising(2, 0.02), echo: rising(1, 0.01) },
    [],
  ],
  ['a wrong reply', { wrong: 1 }, ['wrong replies']],
  ['a lost reply', { lost: 1 }, ['lost replies']],
  ['a change that is not seen', { unseen: 1 }, ['measured changes not answered in time']],
  ['a panic', { panics: 1 }, ['coredns_panics_total']],
])('%s', (_rule, changes, wanted) => {
  expect(failing(run(changes))).toEqual(wanted)
})

test('trends are judged behind the first 30 minutes, or behind a third of a shorter run', () => {
  expect(settledOf(run()).map(({ at }) => at)).toEqual(
    run()
      .slice(30)
      .map(({ at }) => at),
  )
  expect(settledOf(run({}, 9)).length).toBe(6)
})

test('a run that is too short is judged by its replies alone', () => {
  const short = judge(run({ rss: rising(100e6, 1e6), wrong: 1 }, 6), new Map())
  expect(short.filter(({ holds }) => holds === undefined).length).toBe(6)
  expect(short.filter(({ holds }) => holds === false).map(({ what }) => what)).toEqual([
    'wrong replies',
  ])
})

test('the report has a row for ten minutes, the incidents with their costs, and marks an incomplete run', () => {
  const minutes = run({}, 25)
  const incidents = new Map([['upstreams refuse', { times: 2, afterMs: [], missed: 0 }]])
  const result = {
    machine: '2026-01-01, commit abc.',
    wanted: 90,
    minutes,
    incidents,
    judgements: judge(minutes, incidents),
    setting: 'One server.',
  }
  const text = reportOf({ ...result, ended: 'SIGINT' })
  expect(text).toContain('# Soak of 25 minutes\n\n**Incomplete: SIGINT after 25.0 of 90 minutes.**')
  expect(text.match(/^\| \d+ to \d+ \|/gm)).toEqual(['| 0 to 10 |', '| 10 to 20 |', '| 20 to 25 |'])
  expect(text).toContain('| upstreams refuse | 2 | 75 of 750 names of upstreams |  |')
  expect(reportOf(result)).not.toContain('Incomplete')
})
