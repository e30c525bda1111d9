// `consolidate`: similar errors are logged as one line (coredns plugin/errors).
import { describe, expect, test } from 'vitest'
import { Consolidator } from '../../../src/plugins/errors/consolidator.ts'
import type { ConsolidateRule } from '../../../src/plugins/errors/runtime.ts'
import { memoryLog } from '../../support/memory-log.ts'

const rule: ConsolidateRule = {
  periodMs: 30_000,
  pattern: '(?i)TIMEOUT$',
  level: 'warning',
  showFirst: false,
}

function open(...rules: readonly ConsolidateRule[]) {
  const lines: string[] = []
  const timers: { readonly ms: number; readonly task: () => void }[] = []
  const consolidator = new Consolidator(rules, {
    log: memoryLog(lines).log.plugin('errors'),
    after: (ms, task) => {
      timers.push({ ms, task })
      return () => {}
    },
  })
  return { consolidator, lines, timers }
}

const failed = (error: string) => ({ rcode: 2, name: 'example.org.', type: 'A', error })

describe('errors that match a pattern', () => {
  test('are logged as one line at the end of the period', () => {
    const { consolidator, lines, timers } = open(rule)
    for (let i = 0; i < 3; i++) consolidator.add(failed('read udp: i/o timeout'))
    expect(lines).toEqual([])
    expect(timers.map(({ ms }) => ms)).toEqual([30_000])
    timers[0]?.task()
    expect(lines).toEqual([
      "[WARNING] plugin/errors: 3 errors like '(?i)TIMEOUT$' occurred in last 30s",
    ])
  })

  test('start a new period after the end of the last one', () => {
    const { consolidator, timers } = open(rule)
    consolidator.add(failed('timeout'))
    timers[0]?.task()
    consolidator.add(failed('timeout'))
    expect(timers).toHaveLength(2)
  })

  test('with show_first, the first is logged at once, and alone without a summary', () => {
    const { consolidator, lines, timers } = open({ ...rule, level: 'error', showFirst: true })
    consolidator.add(failed('timeout'))
    timers[0]?.task()
    expect(lines).toEqual(['[ERROR] plugin/errors: 2 example.org. A: timeout'])
  })

  test('count only for the first pattern that matches', () => {
    const { consolidator, lines, timers } = open(rule, { ...rule, pattern: 'time' })
    consolidator.add(failed('timeout'))
    for (const { task } of timers) task()
    expect(lines).toHaveLength(1)
  })

  test('are logged when the server stops', () => {
    const { consolidator, lines } = open(rule)
    consolidator.add(failed('timeout'))
    consolidator.stop()
    expect(lines).toEqual([
      "[WARNING] plugin/errors: 1 errors like '(?i)TIMEOUT$' occurred in last 30s",
    ])
  })
})

test('an error that matches no pattern is logged at once', () => {
  const { consolidator, lines, timers } = open(rule)
  consolidator.add(failed('broken'))
  expect(lines).toEqual(['[ERROR] plugin/errors: 2 example.org. A: broken'])
  expect(timers).toEqual([])
})
