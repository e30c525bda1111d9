// Which query is refused when too many wait for the plugin chain.
import { describe, expect, test } from 'vitest'
import { PendingQueries } from '../../../src/server/transport/pending-queries.ts'

interface Query {
  readonly address: string
  readonly id: number
}

function pending(most: number) {
  const refused: number[] = []
  const queries = new PendingQueries<Query>(
    ({ address }) => address,
    ({ id }) => refused.push(id),
    most,
  )
  let id = 0
  const add = (address: string): Query => {
    const query = { address, id: ++id }
    queries.add(query)
    return query
  }
  return { queries, add, refused }
}

describe('beyond the limit', () => {
  test.each([
    ['of one client, the oldest', ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.1'], [1]],
    ['the oldest of the client with the most', ['b', 'a', 'a', 'b', 'a', 'c'].map(of), [2, 1, 3]],
    ['one of a flood, whoever asks next', ['b', 'a', 'a', 'b'].map(of), [2]],
    ['with as many of each, the oldest client', ['b', 'a', 'c', 'd'].map(of), [1]],
    [
      'of one /64 network of IPv6',
      ['2001:db8::9', '2001:db8:1::1', '2001:db8:1::2', '192.0.2.1'],
      [2],
    ],
  ])('%s is refused', (_, addresses, expected) => {
    const { add, refused } = pending(3)
    for (const address of addresses) add(address)
    expect(refused).toEqual(expected)
  })

  test('a query that was refused is not removed a second time, others are', () => {
    const { queries, add } = pending(2)
    const [first, second] = [add('192.0.2.1'), add('192.0.2.1'), add('192.0.2.1')] as const
    expect([queries.remove(first), queries.remove(second), queries.remove(second)]).toEqual([
      false,
      true,
      false,
    ])
  })
})

test('drain ends with the last query', async () => {
  const { queries, add } = pending(5)
  const both = [add('192.0.2.1'), add('192.0.2.2')]
  let drained = false
  const done = queries.drain(60_000).then(() => {
    drained = true
  })
  queries.remove(both[0]!)
  await Promise.resolve()
  expect(drained).toBe(false)
  queries.remove(both[1]!)
  await done
})

/** The address of a client by a letter. */
function of(letter: string): string {
  return `192.0.2.${letter.charCodeAt(0)}`
}
