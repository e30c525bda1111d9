// What a fault may cost where the server promises to lose nothing.
import { expect } from 'vitest'
import type { Tallies, Tally } from './asking.ts'

const lossOf = ({ lostAtFirst, lostAfterRetry, wrong, failures }: Tally) => ({
  lostAtFirst,
  lostAfterRetry,
  wrong,
  failures,
})
const NOTHING = { lostAtFirst: 0, lostAfterRetry: 0, wrong: 0, failures: {} }

/** No question was lost or answered wrongly; those of the kinds in `mayLose` may be lost, but not answered wrongly. */
export function expectNoLoss(books: Tallies, mayLose: readonly string[] = []): void {
  const kinds = Object.entries(books)
  const known = kinds.filter(([kind]) => !mayLose.includes(kind))
  const losses = Object.fromEntries(known.map(([kind, tally]) => [kind, lossOf(tally)]))
  expect(losses).toEqual(Object.fromEntries(known.map(([kind]) => [kind, NOTHING])))
  expect(kinds.filter(([, { wrong }]) => wrong > 0)).toEqual([])
}

/** No question was lost after a retry or answered wrongly; only those of `mayLose` have lost a first try. */
export function expectRetriesAnswered(books: Tallies, mayLose: readonly string[]): void {
  expectNoLoss(books, mayLose)
  const lost = Object.entries(books).filter(([, { lostAfterRetry }]) => lostAfterRetry > 0)
  expect(lost).toEqual([])
}
