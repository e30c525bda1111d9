// `ready`: the plugins that are checked, and how often.
import { describe, expect, test } from 'vitest'
import type { Readiness } from '../../../src/plugins/plugin.ts'
import { ReadyCheck } from '../../../src/plugins/ready/component.ts'

function directive(block: number, plugin: string, states: readonly boolean[]) {
  let checks = 0
  const readiness: Readiness = { block, plugin, ready: () => states[checks++] ?? states.at(-1)! }
  return { readiness, checks: () => checks }
}

describe('readiness', () => {
  test('lists the plugins that are not ready, each once, sorted', () => {
    const all = [
      directive(0, 'multicluster', [false]),
      directive(0, 'kubernetes', [false]),
      directive(1, 'multicluster', [false]),
      directive(1, 'forward', [true]),
    ]
    const monitors = new Map([
      [0, 'until-ready'],
      [1, 'until-ready'],
    ] as const)
    const check = new ReadyCheck(monitors, () => all.map(({ readiness }) => readiness))
    expect(check.notReady()).toEqual(['kubernetes', 'multicluster'])
  })

  test('of blocks without the directive is not checked', () => {
    const other = directive(1, 'multicluster', [false])
    const check = new ReadyCheck(new Map([[0, 'until-ready']]), () => [other.readiness])
    expect(check.notReady()).toEqual([])
    expect(other.checks()).toBe(0)
  })

  test('is not checked again with `until-ready` once the plugin was ready', () => {
    const one = directive(0, 'multicluster', [false, true, false])
    const check = new ReadyCheck(new Map([[0, 'until-ready']]), () => [one.readiness])
    expect([1, 2, 3, 4].map(() => check.notReady())).toEqual([['multicluster'], [], [], []])
    expect(one.checks()).toBe(2)
  })

  test('is checked each time with `continuously`', () => {
    const one = directive(0, 'multicluster', [true, false, true])
    const check = new ReadyCheck(new Map([[0, 'continuously']]), () => [one.readiness])
    expect([1, 2, 3].map(() => check.notReady())).toEqual([[], ['multicluster'], []])
  })

  test('names the plugins of blocks with the directive that are stale, each once, sorted', () => {
    const stale = (block: number, plugin: string, isStale?: boolean): Readiness => {
      const readiness = { block, plugin, ready: () => true }
      return isStale === undefined ? readiness : { ...readiness, isStale: () => isStale }
    }
    const all = [
      stale(0, 'multicluster', true),
      stale(0, 'kubernetes', true),
      stale(0, 'forward', false),
      stale(0, 'loop'),
      stale(1, 'multicluster', true),
      stale(2, 'other', true),
    ]
    const monitors = new Map([
      [0, 'until-ready'],
      [1, 'continuously'],
    ] as const)
    const check = new ReadyCheck(monitors, () => all)
    expect(check.stale()).toEqual(['kubernetes', 'multicluster'])
  })
})
