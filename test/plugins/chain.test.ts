// The plugin chain: who is asked in which order, and what becomes of errors.
import { describe, expect, test } from 'vitest'
import { Request } from '../../src/dns/request.ts'
import { compose, emptyReply, type Handler, type Query } from '../../src/plugins/chain.ts'
import { whoamiHandler } from '../../src/plugins/whoami/runtime.ts'
import { encodeQuery } from '../support/dns-encode.ts'

function queryOf(
  name = 'Example.org',
  remoteAddress = '192.0.2.7',
  protocol: 'udp' | 'tcp' = 'udp',
): Query {
  const wire = encodeQuery({ name, type: 'A' })
  const request = new Request()
  request.parse(wire, 0, wire.length)
  const client = { protocol, remoteAddress, remotePort: 4660, localAddress: '::1', localPort: 53 }
  return { request, wire, client }
}

const answering: Handler = { name: 'answering', handle: async () => emptyReply(3) }
const passing = (name: string): Handler => ({ name, handle: (_query, next) => next() })
const throwing = (error: unknown): Handler => ({
  name: 'throwing',
  handle: () => {
    throw error
  },
})

describe('compose', () => {
  test('asks in order until one answers', async () => {
    const asked: string[] = []
    const noting = (name: string): Handler => ({
      name,
      handle: (_query, next) => {
        asked.push(name)
        return next()
      },
    })
    const chain = compose([noting('a'), noting('b'), answering, noting('c')])
    expect((await chain(queryOf())).rcode).toBe(3)
    expect(asked).toEqual(['a', 'b'])
  })

  test('past the last is SERVFAIL, said of the one before', async () => {
    expect(await compose([passing('a'), passing('b')])(queryOf())).toEqual({
      ...emptyReply(2),
      error: 'plugin/b: no next plugin found',
    })
    expect((await compose([])(queryOf())).rcode).toBe(2)
  })

  test('an exception of a handler goes to the caller, with its stack', async () => {
    const error = new Error('broken')
    await expect(compose([passing('a'), throwing(error)])(queryOf())).rejects.toBe(error)
    const rejecting: Handler = { name: 'rejecting', handle: () => Promise.reject(error) }
    await expect(compose([passing('a'), rejecting])(queryOf())).rejects.toBe(error)
  })

  test('a second call of next() is an error that names the handler', async () => {
    const twice: Handler = {
      name: 'twice',
      handle: async (_query, next) => {
        await next()
        return next()
      },
    }
    await expect(compose([twice, answering])(queryOf())).rejects.toThrow(
      'plugin/twice: next() was called twice',
    )
  })

  test('a handler may call next() once for each of several queries', async () => {
    const chain = compose([passing('a'), passing('b'), answering])
    for (let i = 0; i < 3; i++) expect((await chain(queryOf())).rcode).toBe(3)
  })

  test('a handler sees what the next one said', async () => {
    const changing: Handler = {
      name: 'changing',
      handle: async (_query, next) => ({ ...(await next()), authoritative: true }),
    }
    expect(await compose([changing, answering])(queryOf())).toEqual({
      ...emptyReply(3),
      authoritative: true,
    })
  })

  test('each query runs by itself', async () => {
    const chain = compose([passing('a'), answering])
    const replies = await Promise.all([chain(queryOf()), chain(queryOf('other.org'))])
    expect(replies).toEqual([emptyReply(3), emptyReply(3)])
  })
})

describe('whoami', () => {
  const ask = async (query: Query) => {
    const { additionals, ...rest } = await compose([whoamiHandler])(query)
    return { ...rest, additionals: additionals.map(({ type, data }) => `${type} ${[...data]}`) }
  }

  test('says the address and the port of an IPv4 client', async () => {
    expect(await ask(queryOf())).toEqual({
      rcode: 0,
      authoritative: true,
      answers: [],
      authorities: [],
      additionals: ['1 192,0,2,7', '33 0,0,0,0,18,52,0'],
    })
  })

  test('of an IPv6 client over TCP', async () => {
    const { additionals } = await ask(queryOf('x.org', 'fd00::7', 'tcp'))
    expect(additionals[0]).toBe('28 253,0,0,0,0,0,0,0,0,0,0,0,0,0,0,7')
  })

  test('leaves the port out where its name would be too long', async () => {
    const label = 'a'.repeat(63)
    const query = queryOf(`${label}.${label}.${label}.${'a'.repeat(60)}`)
    expect((await ask(query)).additionals).toEqual(['1 192,0,2,7'])
  })
})
