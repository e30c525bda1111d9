// The order of a block's plugins on the packet path and in the chain.
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../../src/dns/exchange.ts'
import { type Answer, emptyReply, type Query } from '../../../src/plugins/chain.ts'
import { type Answerer, ASK_CHAIN, DROP, type Link, NEXT } from '../../../src/plugins/runtime.ts'
import { blockHandlers, linkBlock } from '../../../src/server/path/block-handlers.ts'
import { createPacketPath } from '../../../src/server/path/listener-path.ts'
import { MutableObservation } from '../../../src/server/path/observer.ts'
import { chainQuery } from '../../support/chain-query.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

const answerer = (asked: string[], name: string, result: number): Answerer => ({
  answer(exchange: Exchange) {
    asked.push(name)
    return result > 0 ? exchange.bare(result) : result
  },
})
const handler = (name: string) => ({ name, handle: async () => emptyReply(0) })

function answer(links: (asked: string[]) => readonly Link[]) {
  const asked: string[] = []
  const path = createPacketPath({
    group: { address: '', port: 53, sockets: 1, zones: [{ zone: '.', block: 0 }] },
    blocks: [linkBlock(links(asked), {}, 'last')],
    tables: new Map(),
    protocol: 'udp',
    onError: () => {},
    recover: (error) => {
      throw error
    },
  })
  const request = encodeQuery({ name: 'example.org', type: 'A' })
  const output = new Uint8Array(65_535)
  const length = path.answer(request, 0, request.length, output, 0, output.length)
  return { asked, length, rcode: output[3]! & 0xf }
}

describe('answerers', () => {
  test('are called in plugin order until one does not return NEXT', () => {
    const { asked, length, rcode } = answer((list) => [
      { answerer: answerer(list, 'acl', NEXT) },
      { answerer: answerer(list, 'table', NEXT), handler: handler('table') },
      { answerer: answerer(list, 'cache', 3) },
      { answerer: answerer(list, 'never', 5) },
    ])
    expect([asked, rcode]).toEqual([['acl', 'table', 'cache'], 3])
    expect(length).toBeGreaterThan(0)
  })

  test('a cache is called after the answer tables that follow it, and before all others', () => {
    const { asked } = answer((list) => [
      { answerer: answerer(list, 'acl', NEXT) },
      { answerer: answerer(list, 'cache', NEXT), asksTablesFirst: true },
      { answerer: answerer(list, 'hosts', NEXT), hasTables: true },
      { answerer: answerer(list, 'kubernetes', NEXT), hasTables: true },
      { answerer: answerer(list, 'forward', 3) },
    ])
    expect(asked).toEqual(['acl', 'hosts', 'kubernetes', 'cache', 'forward'])
  })

  test.each([
    ['ends at a handler without an answerer', {}, ['acl']],
    ['goes on behind one that keeps it', { keepsPacketPath: true }, ['acl', 'table']],
  ])('the packet path %s', (_, more, expected) => {
    const { asked } = answer((list) => [
      { answerer: answerer(list, 'acl', NEXT) },
      { handler: handler('changes replies'), ...more },
      { answerer: answerer(list, 'table', 3) },
    ])
    expect(asked).toEqual(expected)
  })

  test('one around others gets those behind it, in the order in which they are asked', () => {
    const { asked, rcode } = answer((list) => [
      { answerer: answerer(list, 'acl', NEXT) },
      {
        around: (behind) => ({
          answer(exchange) {
            list.push('rewrite')
            for (const one of behind) if (one.answer(exchange) !== NEXT) return exchange.bare(4)
            return NEXT
          },
        }),
        handler: handler('rewrite'),
      },
      { answerer: answerer(list, 'cache', NEXT), asksTablesFirst: true },
      { answerer: answerer(list, 'table', NEXT), hasTables: true },
      { answerer: answerer(list, 'forward', 3) },
    ])
    expect(asked).toEqual(['acl', 'rewrite', 'table', 'cache', 'forward'])
    expect(rcode).toBe(4)
  })

  test('may drop a query', () => {
    const { length } = answer((list) => [{ answerer: answerer(list, 'acl', DROP) }])
    expect(length).toBe(DROP)
  })

  test('may pass a query to the chain, even if other answerers follow', () => {
    const { asked, length } = answer((list) => [
      { answerer: answerer(list, 'first', ASK_CHAIN) },
      { answerer: answerer(list, 'second', 3) },
    ])
    expect([asked, length]).toEqual([['first'], ASK_CHAIN])
  })

  test('are not called after a handler without an answerer', () => {
    const { asked, length } = answer((list) => [
      { answerer: answerer(list, 'before', NEXT) },
      { handler: handler('rewrite') },
      { answerer: answerer(list, 'behind', 3) },
    ])
    expect([asked, length]).toEqual([['before'], ASK_CHAIN])
  })
})

test('a handler that counts arrivals runs before those above it in plugin order', async () => {
  const ran: string[] = []
  const passing = (name: string) => ({
    handler: {
      name,
      handle(_: Query, next: () => Promise<Answer>) {
        ran.push(name)
        return next()
      },
    },
  })
  const links: Link[] = [
    passing('cache'),
    { ...passing('loop'), countsArrivals: true },
    { handler: handler('forward') },
  ]
  await linkBlock(links, {}, 'forward').chain(chainQuery())
  expect(ran).toEqual(['loop', 'cache'])
})

test('a block whose plugins see no queries is refused', () => {
  expect(answer(() => []).rcode).toBe(5)
})

test('each link gets the others of its block by their directives, before it is used', () => {
  const config = {
    directives: [
      { plugin: 'metadata', zones: ['.'] },
      { plugin: 'log', rules: [{ name: '.', format: '{/log/class}', classes: ['all'] }] },
      { plugin: 'whoami' },
    ],
    settings: {},
  }
  const lines: string[] = []
  const { links } = blockHandlers(config, () =>
    runtimeContext({ writeLog: ({ message }) => lines.push(message) }),
  )
  const path = createPacketPath({
    group: { address: '', port: 53, sockets: 1, zones: [] },
    blocks: [],
    tables: new Map(),
    protocol: 'udp',
    onError: () => {},
    recover: () => {},
  })
  const request = encodeQuery({ name: 'example.org', type: 'A' })
  path.answer(request, 0, request.length, new Uint8Array(512), 0, 512)
  const observation = new MutableObservation(path.request, false)
  observation.fill(path.request, request.length, new Uint8Array(12), 0, 12)
  for (const link of links) link.observer?.(0)?.observe?.(observation)
  expect(lines).toEqual(['success'])
})
