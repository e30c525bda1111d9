// `ready`: which plugins are asked, and for how long.
import { describe, expect, test } from 'vitest'
import type { Readiness } from '../../../src/plugins/plugin.ts'
import { ReadyCheck } from '../../../src/plugins/ready/component.ts'

function directive(block: number, plugin: string, states: readonly boolean[]) {
  let asked = 0
  const readiness: Readiness = { block, plugin, ready: () => states[asked++] ?? states.at(-1)! }
  return { readiness, asked: () => asked }
}

describe('readiness', () => {
  test('names the plugins that are not ready, each once, sorted', () => {
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

  test('of blocks without the directive is not looked at', () => {
    const other = directive(1, 'multicluster', [false])
    const check = new ReadyCheck(new Map([[0, 'until-ready']]), () => [other.readiness])
    expect(check.notReady()).toEqual([])
    expect(other.asked()).toBe(0)
  })

  test('`until-ready` does not ask a plugin again that was ready once', () => {
    const one = directive(0, 'multicluster', [false, true, false])
    const check = new ReadyCheck(new Map([[0, 'until-ready']]), () => [one.readiness])
    expect([1, 2, 3, 4].map(() => check.notReady())).toEqual([['multicluster'], [], [], []])
    expect(one.asked()).toBe(2)
  })

  test('`continuously` asks each time', () => {
    const one = directive(0, 'multicluster', [true, false, true])
    const check = new ReadyCheck(new Map([[0, 'continuously']]), () => [one.readiness])
    expect([1, 2, 3].map(() => check.notReady())).toEqual([[], ['multicluster'], []])
  })
})
