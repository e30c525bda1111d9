// RESULT.md of the DNS half: its tables.
import { expect, test } from 'vitest'
import { costOf, withCost } from './cost.ts'

const HEAD = '# What it cost\n\nSome words.\n'

test('a row is added to the table of its section, and replaces the row of the same fault', () => {
  const once = withCost(HEAD, 'threads', 'killed', { asked: 3, lost: 0 })
  expect(once).toBe(
    `${HEAD}\n## threads\n\n| fault | asked | lost |\n| --- | --: | --: |\n| killed | 3 | 0 |\n`,
  )
  const twice = withCost(once, 'clock', 'jumps', { asked: 5, lost: 1 })
  expect(withCost(twice, 'threads', 'killed', { asked: 4, lost: 2 })).toBe(
    twice.replace('| killed | 3 | 0 |', '| killed | 4 | 2 |'),
  )
})

test('the cost is the sum of all kinds of questions, and the longest gap of any', () => {
  const tally = { asked: 5, right: 5, lostAtFirst: 2, lostAfterRetry: 1, wrong: 0, open: 0 }
  const books = {
    one: { ...tally, longestGapMs: 12.4, failures: {} },
    two: { ...tally, longestGapMs: 99.6, failures: { SERVFAIL: 1 } },
  }
  expect(costOf(books)).toEqual({
    asked: 10,
    'lost at first try': 4,
    'lost after one retry': 2,
    'longest gap, ms': 100,
    'wrong answers': 0,
  })
})
