// TOs become socket addresses. Host names are looked up at a server of this test.
import { createSocket, type Socket } from 'node:dgram'
import { type Answer, decode, encode } from 'dns-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../../src/plugins/forward/options.ts'
import { joinAddresses, lookUpHost, resolveTarget } from '../../../src/plugins/forward/resolve.ts'

const host = (name: string, port = 53): Target => {
  return { kind: 'host', transport: 'dns', host: name, port }
}
const address = (text: string, port = 53): Target => {
  return { kind: 'address', transport: 'dns', address: text, port }
}
const file: Target = { kind: 'file', transport: 'dns', path: '/etc/resolv.conf' }

describe('upstreams of several TOs', () => {
  test('have the order of the TOs and of their addresses; the first of several equal ones counts', () => {
    const targets = [host('host1'), host('host2'), address('10.0.0.3'), address('10.0.0.2')]
    const found = [['10.0.0.1', '10.0.0.2'], ['10.0.0.2', '10.0.0.3'], ['10.0.0.3'], ['10.0.0.2']]
    expect(joinAddresses(targets, found)).toEqual([
      { target: 0, address: '10.0.0.1', port: 53 },
      { target: 0, address: '10.0.0.2', port: 53 },
      { target: 1, address: '10.0.0.3', port: 53 },
    ])
  })

  test('the same address with another port is another upstream', () => {
    const upstreams = joinAddresses([address('::1'), address('::1', 54)], [['::1'], ['::1']])
    expect(upstreams.map(({ port }) => port)).toEqual([53, 54])
  })

  test('nameservers of a file have port 53', () => {
    expect(joinAddresses([file], [['10.0.0.1']])).toEqual([
      { target: 0, address: '10.0.0.1', port: 53 },
    ])
  })
})

describe('one TO', () => {
  const lookups = {
    readFile: () =>
      'nameserver 10.0.0.1\nnameserver fe80::1%eth0\nnameserver dns.example\nsearch a\n',
    lookUp: async () => {
      throw new Error('lookup dns.example: no such host')
    },
  }

  test('of an address', async () => {
    expect(await resolveTarget(address('10.0.0.9'), [], lookups)).toEqual(['10.0.0.9'])
  })

  test('of a file: its IP addresses without scopes', async () => {
    expect(await resolveTarget(file, [], lookups)).toEqual(['10.0.0.1', 'fe80::1'])
  })

  test('of a host name without addresses', async () => {
    await expect(resolveTarget(host('dns.example'), [], lookups)).rejects.toThrow(
      'failed to resolve "dns.example": lookup dns.example: no such host',
    )
  })
})

describe('a host name is looked up', () => {
  let server: Socket
  let resolver = ''
  const records: Readonly<Record<string, readonly Answer[]>> = {
    'both.example A': [{ type: 'A', name: 'both.example', data: '10.0.0.42' }],
    'both.example AAAA': [{ type: 'AAAA', name: 'both.example', data: '2001:db8::42' }],
    'v4.example A': [{ type: 'A', name: 'v4.example', data: '10.0.0.43' }],
  }

  beforeAll(async () => {
    server = createSocket('udp4')
    server.on('message', (bytes, { port, address: from }) => {
      const { id = 0, questions = [] } = decode(bytes)
      const { name, type } = questions[0]!
      const answers = [...(records[`${name} ${type}`] ?? [])]
      server.send(encode({ type: 'response', id, questions, answers }), port, from)
    })
    await new Promise<void>((done) => server.bind(0, '127.0.0.1', done))
    resolver = `127.0.0.1:${server.address().port}`
  })
  afterAll(() => void server.close())

  test.each([
    ['both.example', ['10.0.0.42', '2001:db8::42']],
    ['v4.example', ['10.0.0.43']],
  ])('%s', async (name, addresses) => {
    expect(await lookUpHost(name, [resolver])).toEqual(addresses)
  })

  test('at the next resolver, if one has no addresses', async () => {
    const silent = createSocket('udp4')
    await new Promise<void>((done) => silent.bind(0, '127.0.0.1', done))
    const refusing = `127.0.0.1:${silent.address().port}`
    await new Promise<void>((done) => void silent.close(done))
    expect(await lookUpHost('v4.example', [refusing, resolver])).toEqual(['10.0.0.43'])
  })

  test('with an error if no resolver has addresses', async () => {
    await expect(lookUpHost('none.example', [resolver])).rejects.toThrow(
      `no addresses found for "none.example": lookup none.example on ${resolver}: no such host`,
    )
  })

  test('by the system without resolvers', async () => {
    expect(await lookUpHost('localhost', [])).toContain('127.0.0.1')
  })
})
