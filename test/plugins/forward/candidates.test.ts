import { describe, expect, test } from 'vitest'
import { Candidates } from '../../../src/plugins/forward/candidates.ts'

interface Conditions {
  readonly down?: string
  readonly suspect?: string
  readonly maxFailed?: number
  readonly failfast?: boolean
}

/** Candidates of the upstreams "a", "b", "c"; `allDown` counts the attempts with all of them down. */
function candidates(upstreams: string, conditions: Conditions = {}) {
  const { down = '', suspect = '', maxFailed = 0, failfast = false } = conditions
  const counts = { allDown: 0 }
  const health = {
    isDown: (name: string) => down.includes(name),
    isSuspect: (name: string) => suspect.includes(name),
  }
  const onAllDown = () => {
    counts.allDown++
  }
  const rules = { maxFailed, failfast, random: () => 0.99, onAllDown }
  return { list: new Candidates([...upstreams], health, rules), counts }
}

/** The upstreams of `count` attempts that fail; "-" = the query ends. */
function failing(list: Candidates<string>, count: number): string {
  let names = ''
  for (let i = 0; i < count; i++) {
    names += list.next() ?? '-'
    list.fail()
  }
  return names
}

describe('candidates', () => {
  test.each([
    ['one after the other, from the start again', 'abc', {}, 'abcabc'],
    ['up to the limit of failed ones', 'ab', { maxFailed: 3 }, 'aba---'],
    ['one, if one is allowed', 'ab', { maxFailed: 1 }, 'a-----'],
    ['those that are down are skipped', 'abc', { down: 'a' }, 'bcbcbc'],
    ['suspects come last', 'abc', { suspect: 'ab' }, 'cabcab'],
    ['all suspects: as written', 'abc', { suspect: 'abc' }, 'abcabc'],
    ['all down: one at random, once', 'abc', { down: 'abc' }, 'c-----'],
    ['all down with failfast: none', 'abc', { down: 'abc', failfast: true }, '------'],
    ['one upstream that is down is tried', 'a', { down: 'a' }, 'a-----'],
  ] as const)('%s', (_rule, upstreams, conditions, expected) => {
    expect(failing(candidates(upstreams, conditions).list, 6)).toBe(expected)
  })

  test.each([
    [{ down: 'ab' }, 1],
    [{ down: 'ab', failfast: true }, 1],
    [{ down: 'a' }, 0],
  ])('all upstreams down is counted: %j', (conditions, count) => {
    const { list, counts } = candidates('ab', conditions)
    failing(list, 4)
    expect(counts.allDown).toBe(count)
  })

  test('without a limit, attempts after two rounds are a repetition', () => {
    const { list } = candidates('ab')
    const seen: boolean[] = []
    for (let i = 0; i < 5; i++) {
      list.next()
      list.fail()
      seen.push(list.isRepeating)
    }
    expect(seen).toEqual([false, false, false, true, true])
  })
})

describe('an early attempt', () => {
  test.each([
    ['the next upstream', 'ab', {}, 'b'],
    ['not one that is down', 'abc', { down: 'b' }, 'c'],
    ['not a suspect', 'ab', { suspect: 'b' }, undefined],
    ['none without a second upstream', 'a', {}, undefined],
  ])('asks %s', (_rule, upstreams, conditions, expected) => {
    const { list } = candidates(upstreams, conditions)
    list.next()
    expect(list.early()).toBe(expected)
  })

  test('takes the turn of its upstream', () => {
    const { list } = candidates('abc')
    expect([list.next(), list.early(), list.next(), list.next()]).toEqual(['a', 'b', 'c', 'a'])
  })
})

describe('failover', () => {
  test.each([
    ['one upstream: never', 'a', [false, false]],
    ['two upstreams: once', 'ab', [true, false]],
    ['three upstreams: twice', 'abc', [true, true, false]],
  ])('%s', (_rule, upstreams, expected) => {
    const { list } = candidates(upstreams)
    expect(expected.map(() => list.failover())).toEqual(expected)
  })
})
