// `whoami` at query time: the client's address and port.
import { describe, expect, test } from 'vitest'
import { compose, type Query } from '../../../src/plugins/chain.ts'
import { whoamiHandler } from '../../../src/plugins/whoami/runtime.ts'
import { chainQuery, recordsOf } from '../../support/chain-query.ts'

describe('whoami', () => {
  const ask = async (query: Query) => {
    const { additionals, ...rest } = recordsOf(await compose([whoamiHandler])(query))
    return { ...rest, additionals: additionals.map(({ type, data }) => `${type} ${[...data]}`) }
  }

  test('replies with the address and port of an IPv4 client', async () => {
    expect(await ask(chainQuery())).toEqual({
      rcode: 0,
      authoritative: true,
      answers: [],
      authorities: [],
      additionals: ['1 192,0,2,7', '33 0,0,0,0,18,52,0'],
    })
  })

  test('replies with an AAAA record for an IPv6 client over TCP', async () => {
    const { additionals } = await ask(chainQuery({ remoteAddress: 'fd00::7', protocol: 'tcp' }))
    expect(additionals[0]).toBe('28 253,0,0,0,0,0,0,0,0,0,0,0,0,0,0,7')
  })

  test('omits the SRV record if its name would be too long', async () => {
    const label = 'a'.repeat(63)
    const query = chainQuery({ name: `${label}.${label}.${label}.${'a'.repeat(60)}` })
    expect((await ask(query)).additionals).toEqual(['1 192,0,2,7'])
  })
})
