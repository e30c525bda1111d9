import { expect, test } from 'vitest'
import {
  byName,
  clockTime,
  clusterState,
  duration,
  errorText,
  list,
  plural,
} from '../../../src/page/model/words.ts'

test.each([
  [0.004, '4 ms'],
  [0.31, '0.3 s'],
  [9.94, '9.9 s'],
  [42, '42 s'],
  [180, '3 min'],
  [7200, '2 h'],
  [400_000, '5 d'],
])('%d seconds are "%s"', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test('numbers have their noun', () => {
  expect(plural(1, 'service')).toBe('1 service')
  expect(plural(1204, 'service')).toBe('1,204 services')
})

test('numbers in names are in the order of their values', () => {
  expect(['c-10', 'c-9', 'b'].sort(byName)).toEqual(['b', 'c-9', 'c-10'])
})

test('names are a list', () => {
  expect(list([])).toBe('')
  expect(list(['a'])).toBe('a')
  expect(list(['a', 'b', 'c'])).toBe('a, b and c')
  expect(list(['a', 'b', 'c', 'd'])).toBe('a, b and 2 more')
})

test('a time has its date when it is not today', () => {
  const time = new Date(2026, 0, 2, 3, 4, 5)
  expect(clockTime(time.toISOString(), time.getTime())).toBe('03:04:05')
  expect(clockTime(time.toISOString(), time.getTime() + 172_800_000)).toBe('2026-01-02 03:04:05')
  expect(clockTime('never', 0)).toBe('never')
})

test('each state of a cluster has a tone and a word', () => {
  expect(clusterState('away')).toEqual({ tone: 'bad', word: 'away' })
  expect(clusterState('leaving')).toEqual({ tone: 'idle', word: 'leaving' })
})

test('an error is its message', () => {
  expect(errorText(new Error('no'))).toBe('no')
  expect(errorText('no')).toBe('no')
})
