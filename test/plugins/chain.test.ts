// The plugin chain: the order of the handlers, and their errors.
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
    expect((await chain(queryOf())).rcode).toBe(3)
    expect(calls).toEqual(['a', 'b'])
  })

  test('replies SERVFAIL after the last handler, with an error that names it', async () => {
    expect(await compose([passing('a'), passing('b')])(queryOf())).toEqual({
      ...emptyReply(2),
      error: 'plugin/b: no next plugin found',
    })
    expect((await compose([])(queryOf())).rcode).toBe(2)
  })

  test('rejects with the exception of a handler, unchanged', async () => {
    const error = new Error('broken')
    await expect(compose([passing('a'), throwing(error)])(queryOf())).rejects.toBe(error)
    const rejecting: Handler = { name: 'rejecting', handle: () => Promise.reject(error) }
    await expect(compose([passing('a'), rejecting])(queryOf())).rejects.toBe(error)
  })

  test('rejects a second call of next() with an error that names the handler', async () => {
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

  test('allows a call of next() for each query', async () => {
    const chain = compose([passing('a'), passing('b'), answering])
    for (let i = 0; i < 3; i++) expect((await chain(queryOf())).rcode).toBe(3)
  })

  test('lets a handler change the reply of the next one', async () => {
    const changing: Handler = {
      name: 'changing',
      handle: async (_query, next) => ({ ...(await next()), authoritative: true }),
    }
    expect(await compose([changing, answering])(queryOf())).toEqual({
      ...emptyReply(3),
      authoritative: true,
    })
  })

  test('keeps concurrent queries apart', async () => {
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

  test('replies with the address and port of an IPv4 client', async () => {
    expect(await ask(queryOf())).toEqual({
      rcode: 0,
      authoritative: true,
      answers: [],
      authorities: [],
      additionals: ['1 192,0,2,7', '33 0,0,0,0,18,52,0'],
    })
  })

  test('replies with an AAAA record for an IPv6 client over TCP', async () => {
    const { additionals } = await ask(queryOf('x.org', 'fd00::7', 'tcp'))
    expect(additionals[0]).toBe('28 253,0,0,0,0,0,0,0,0,0,0,0,0,0,0,7')
  })

  test('omits the SRV record if its name would be too long', async () => {
    const label = 'a'.repeat(63)
    const query = queryOf(`${label}.${label}.${label}.${'a'.repeat(60)}`)
    expect((await ask(query)).additionals).toEqual(['1 192,0,2,7'])
  })
})
