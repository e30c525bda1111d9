// The balance of an account: what it allows, when it recovers, and what is forgotten when there are too many.
import { describe, expect, test } from 'vitest'
import { Accounts, createAccounts } from '../../../src/plugins/rrl/accounts.ts'

const WINDOW = 15_000
const START = 1_000_000

/** An account with a cost of 100 ms for each reply, and a clock. */
function account(cost = 100) {
  const accounts = new Accounts(createAccounts(16))
  let now = START
  return {
    later: (ms: number) => {
      now += ms
    },
    /** How many of `count` replies at this moment are allowed. */
    allowed: (count: number) => {
      let allowed = 0
      for (let i = 0; i < count; i++) if (accounts.debit(1, 7, now, cost, WINDOW) >= 0) allowed++
      return allowed
    },
  }
}

describe('an account of ten replies a second', () => {
  test('allows a second of them at once', () => {
    expect(account().allowed(100)).toBe(10)
  })

  test('never limits a client that asks nine in a second', () => {
    const { allowed, later } = account()
    for (let i = 0; i < 900; i++) {
      expect(allowed(1)).toBe(1)
      later(1000 / 9)
    }
  })

  test('allows nothing while a flood goes on', () => {
    const { allowed, later } = account()
    allowed(10)
    for (let second = 0; second < 20; second++) {
      expect(allowed(100)).toBe(0)
      later(1000)
    }
  })

  test('recovers within the window after any flood, and not before', () => {
    const { allowed, later } = account()
    allowed(100_000)
    later(WINDOW - 200)
    expect(allowed(1)).toBe(0)
    later(400)
    expect(allowed(1)).toBe(1)
  })

  test('saves no more than a second', () => {
    const { allowed, later } = account()
    allowed(1)
    later(3_600_000)
    expect(allowed(100)).toBe(10)
  })
})

test('an account of one reply in ten seconds allows its first one, and one each ten seconds', () => {
  const { allowed, later } = account(10_000)
  expect(allowed(3)).toBe(1)
  later(WINDOW + 10_000)
  expect(allowed(3)).toBe(1)
  later(3_600_000)
  expect(allowed(1)).toBe(1)
})

describe('more keys than accounts', () => {
  test('never need more memory, and the longest idle account is forgotten', () => {
    const accounts = new Accounts(createAccounts(4))
    const debit = (tag: number, now: number) => accounts.debit(0, tag, now, 1000, WINDOW)
    for (const tag of [1, 2, 3, 4]) debit(tag, START + tag)
    expect(debit(1, START + 10)).toBeLessThan(0)
    debit(5, START + 11)
    // 2 was the longest idle one; 1 has a debt and stays.
    expect(debit(1, START + 12)).toBeLessThan(0)
    expect(debit(2, START + 13)).toBe(0)
  })

  test('two views of the same memory see the same balance', () => {
    const memory = createAccounts(4)
    const [one, other] = [new Accounts(memory), new Accounts(memory)]
    expect(one.debit(9, 1, START, 600, WINDOW)).toBe(0)
    expect(other.debit(9, 1, START, 600, WINDOW)).toBe(-200)
  })
})
