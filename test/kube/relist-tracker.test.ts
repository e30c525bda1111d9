import { expect, test } from 'vitest'
import { RelistTracker } from '../../src/kube/relist-tracker.ts'

test('a complete list returns the keys that it did not confirm', () => {
  const tracker = new RelistTracker()
  tracker.begin(['a', 'b', 'c'])
  tracker.confirm('b')
  tracker.confirm('new')
  expect([...tracker.end(true)!]).toEqual(['a', 'c'])
})

test('an incomplete list returns no keys', () => {
  const tracker = new RelistTracker()
  tracker.begin(['a'])
  expect(tracker.end(false)).toBeUndefined()
})

test('a list that never began returns no keys', () => {
  const tracker = new RelistTracker()
  tracker.confirm('a')
  expect(tracker.end(true)).toBeUndefined()
})

test('a second list forgets what an unfinished one confirmed', () => {
  const tracker = new RelistTracker()
  tracker.begin(['a', 'b'])
  tracker.confirm('a')
  tracker.begin(['a', 'b'])
  expect([...tracker.end(true)!]).toEqual(['a', 'b'])
})

test('lists from begin to end', () => {
  const tracker = new RelistTracker()
  expect(tracker.listing).toBe(false)
  tracker.begin([])
  expect(tracker.listing).toBe(true)
  tracker.end(true)
  expect(tracker.listing).toBe(false)
  expect(tracker.end(true)).toBeUndefined()
})
