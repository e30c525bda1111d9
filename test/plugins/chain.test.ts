// The plugin chain: the order of the handlers, and their errors.
import { describe, expect, test } from 'vitest'
import { compose, emptyReply, type Handler } from '../../src/plugins/chain.ts'
import { chainQuery, recordsOf } from '../support/chain-query.ts'

const answering: Handler = { name: 'answering', handle: async () => emptyReply(3) }
const passing = (name: string): Handler => ({ name, handle: (_query, next) => next() })
const throwing = (error: unknown): Handler => ({
  name: 'throwing',
  handle: () => {
    throw error
  },
})

describe('compose', () => {
  test('calls the handlers in order until one replies', async () => {
    const calls: string[] = []
    const recording = (name: string): Handler => ({
      name,
      handle: (_query, next) => {
        calls.push(name)
        return next()
      },
    })
    const chain = compose([recording('a'), recording('b'), answering, recording('c')])
    expect(recordsOf(await chain(chainQuery())).rcode).toBe(3)
    expect(calls).toEqual(['a', 'b'])
  })

  test('replies SERVFAIL after the last handler, with an error that names it', async () => {
    expect(await compose([passing('a'), passing('b')])(chainQuery())).toEqual({
      ...emptyReply(2),
      error: 'plugin/b: no next plugin found',
    })
    expect(recordsOf(await compose([])(chainQuery())).rcode).toBe(2)
  })

  test('rejects with the exception of a handler, unchanged', async () => {
    const error = new Error('broken')
    await expect(compose([passing('a'), throwing(error)])(chainQuery())).rejects.toBe(error)
    const rejecting: Handler = { name: 'rejecting', handle: () => Promise.reject(error) }
    await expect(compose([passing('a'), rejecting])(chainQuery())).rejects.toBe(error)
  })

  test('rejects a second call of next() with an error that names the handler', async () => {
    const twice: Handler = {
      name: 'twice',
      handle: async (_query, next) => {
        await next()
        return next()
      },
    }
    await expect(compose([twice, answering])(chainQuery())).rejects.toThrow(
      'plugin/twice: next() was called twice',
    )
  })

  test('allows further calls of next() to a handler that asks again', async () => {
    const twice: Handler = {
      name: 'twice',
      asksAgain: true,
      handle: async (_query, next) => {
        await next()
        return next()
      },
    }
    expect(recordsOf(await compose([twice, answering])(chainQuery())).rcode).toBe(3)
  })

  test('allows a call of next() for each query', async () => {
    const chain = compose([passing('a'), passing('b'), answering])
    for (let i = 0; i < 3; i++) expect(recordsOf(await chain(chainQuery())).rcode).toBe(3)
  })

  test('lets a handler change the reply of the next one', async () => {
    const changing: Handler = {
      name: 'changing',
      handle: async (_query, next) => ({ ...(await next()), authoritative: true }),
    }
    expect(await compose([changing, answering])(chainQuery())).toEqual({
      ...emptyReply(3),
      authoritative: true,
    })
  })

  test('keeps concurrent queries apart', async () => {
    const chain = compose([passing('a'), answering])
    const replies = await Promise.all([
      chain(chainQuery()),
      chain(chainQuery({ name: 'other.org' })),
    ])
    expect(replies).toEqual([emptyReply(3), emptyReply(3)])
  })
})
