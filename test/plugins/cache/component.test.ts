// `cache` on the control thread: the stores of blocks, over reloads, and the metrics.
import { describe, expect, test } from 'vitest'
import { ReplyWalk, walkReply } from '../../../src/dns/reply-walk.ts'
import { renderMetrics } from '../../../src/metrics.ts'
import { cacheComponent } from '../../../src/plugins/cache/component.ts'
import {
  CACHE_COUNTERS,
  PREFETCHES,
  REQUESTS,
  SUCCESS_HITS,
} from '../../../src/plugins/cache/counters.ts'
import { type CacheShared, cacheRuntime } from '../../../src/plugins/cache/runtime.ts'
import type { Host, ListenerAddress } from '../../../src/plugins/plugin.ts'
import { NEXT } from '../../../src/plugins/runtime.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { configOf, newExchange } from './cache-rig.ts'
import { replyTo } from './upstream-reply.ts'

const listener = (server: string, ...zones: readonly (readonly [string, number])[]) => ({
  server,
  address: '',
  port: 53,
  zones: zones.map(([zone, block]) => ({ zone, block })),
})
const HERE = [listener('dns://:53', ['.', 0])]

type Running = ReturnType<Awaited<ReturnType<typeof cacheComponent.prepare>>['commit']>

function newHost() {
  const lines: string[] = []
  const counters = [new Float64Array(CACHE_COUNTERS), new Float64Array(CACHE_COUNTERS)]
  const host = { log: memoryLog(lines).log, counters: () => counters } as unknown as Host
  return { host, lines, counters }
}

async function start(
  texts: readonly string[],
  host: Host,
  listeners: readonly ListenerAddress[] = HERE,
  previous?: Running,
) {
  const directives = texts.map((text, block) => ({
    block,
    config: configOf(text).config,
    chain: ['cache'],
  }))
  const prepared = await cacheComponent.prepare({ directives, hash: '' }, previous, host)
  const shared = prepared.share!(listeners, previous) as CacheShared
  return { shared, running: prepared.commit(previous), prepared }
}

/** The link of block 0 at listener 0 on a thread. */
function linkOf(
  shared: CacheShared,
  text = 'cache 30',
  counters = new Float64Array(CACHE_COUNTERS),
) {
  const { config } = configOf(text)
  return cacheRuntime(config, runtimeContext({ shared: structuredClone(shared), counters }))
}

const QUERY = encodeQuery({ name: 'a.example.', type: 'A' })

/** Stores a reply for QUERY. */
function store(link: ReturnType<typeof linkOf>): void {
  const exchange = newExchange(QUERY, 512)
  const bytes = replyTo(QUERY, { answers: ['a.example. 60 A 192.0.2.1'] })
  const walk = new ReplyWalk()
  walkReply(bytes, 0, bytes.length, walk)
  link.tap!.tap(exchange.request, QUERY, 0, { bytes, start: 0, walk })
}

const isHit = (link: ReturnType<typeof linkOf>) =>
  link.answerer!.answer(newExchange(QUERY, 512)) !== NEXT

describe('the stores', () => {
  test('are shared by the threads and listeners of a block', async () => {
    const { host } = newHost()
    const { shared } = await start(['cache 30'], host)
    const [first, second] = [linkOf(shared), linkOf(shared)]
    expect(isHit(first)).toBe(false)
    store(first)
    expect([isHit(first), isHit(second)]).toEqual([true, true])
  })

  test('of two blocks are different', async () => {
    const { host } = newHost()
    const listeners = [listener('dns://:53', ['.', 0]), listener('dns://:54', ['.', 1])]
    const { shared } = await start(['cache 30', 'cache 30'], host, listeners)
    store(linkOf(shared))
    const other = cacheRuntime(
      configOf('cache 30').config,
      runtimeContext({ shared, block: 1, listener: 1 }),
    )
    expect(isHit(other)).toBe(false)
  })

  test.each([
    ['the same options', ['cache 30'], HERE, true],
    [
      'the block at another place',
      ['cache 60', 'cache 30'],
      [listener('dns://:53', ['a.', 0], ['.', 1])],
      true,
    ],
    ['other options', ['cache 31'], HERE, false],
    ['other zones', ['cache 30 example.'], HERE, false],
    ['another address', ['cache 30'], [listener('dns://:5300', ['.', 0])], false],
  ])('after a reload with %s: %#', async (_, texts, listeners, kept) => {
    const { host } = newHost()
    const before = await start(['cache 30'], host)
    store(linkOf(before.shared))
    const after = await start(texts, host, listeners, before.running)
    const block = texts.length - 1
    const { config } = configOf(texts[block]!)
    const link = cacheRuntime(config, runtimeContext({ shared: after.shared, block }))
    expect(isHit(link)).toBe(kept)
  })

  test('stay with the running configuration when a reload is refused', async () => {
    const { host } = newHost()
    const before = await start(['cache 30'], host)
    const directives = [{ block: 0, config: configOf('cache 31').config, chain: [] }]
    const refused = await cacheComponent.prepare({ directives, hash: '' }, before.running, host)
    refused.share!(HERE, before.running)
    await refused.discard(before.running)
    store(linkOf(before.shared))
    const after = await start(['cache 30'], host, HERE, before.running)
    expect(isHit(linkOf(after.shared))).toBe(true)
  })
})

describe('the metrics', () => {
  test('sum the threads, for each server of the block', async () => {
    const { host, counters } = newHost()
    const listeners = [listener('dns://:53', ['.', 0]), listener('dns://:54', ['.', 0])]
    const { shared, running } = await start(['cache 30'], host, listeners)
    expect(shared.counters.map((blocks) => blocks[0])).toEqual([0, 9])
    counters[0]![REQUESTS] = 3
    counters[1]![REQUESTS] = 4
    counters[0]![SUCCESS_HITS] = 2
    counters[1]![9 + PREFETCHES] = 1
    store(linkOf(shared))
    const text = renderMetrics(running.families!())
    const lines = text.split('\n').filter((line) => !line.startsWith('#') && line !== '')
    expect(lines).toEqual([
      'coredns_cache_entries{server="dns://:53",type="success",zones=".",view=""} 1',
      'coredns_cache_entries{server="dns://:53",type="denial",zones=".",view=""} 0',
      'coredns_cache_entries{server="dns://:54",type="success",zones=".",view=""} 1',
      'coredns_cache_entries{server="dns://:54",type="denial",zones=".",view=""} 0',
      'coredns_cache_requests_total{server="dns://:53",zones=".",view=""} 7',
      'coredns_cache_hits_total{server="dns://:53",type="success",zones=".",view=""} 2',
      'coredns_cache_prefetch_total{server="dns://:54",zones=".",view=""} 1',
      ...['dns://:53', 'dns://:54'].flatMap((server) => [
        `clusterset_dns_cache_bytes{server="${server}",type="success",zones=".",view=""} 80`,
        `clusterset_dns_cache_bytes{server="${server}",type="denial",zones=".",view=""} 0`,
      ]),
      ...['dns://:53', 'dns://:54'].flatMap((server) =>
        ['success', 'denial'].map(
          (type) =>
            `clusterset_dns_cache_byte_evictions_total{server="${server}",type="${type}",zones=".",view=""} 0`,
        ),
      ),
    ])
  })

  test('of two blocks of a server with the same zones are one series', async () => {
    const { host } = newHost()
    const listeners = [listener('dns://:53', ['.', 0], ['a.', 1])]
    const { shared, running } = await start(
      ['cache 30 example', 'cache 60 example'],
      host,
      listeners,
    )
    store(linkOf(shared, 'cache 30 example'))
    const entries = running.families!().find(({ name }) => name === 'coredns_cache_entries')
    expect(entries!.samples.map(([, { type }, value]) => [type, value])).toEqual([
      ['success', 1],
      ['denial', 0],
    ])
  })

  test('the runtime counts where its server and zones are', async () => {
    const { host } = newHost()
    const { shared } = await start(['cache 30'], host)
    const counters = new Float64Array(CACHE_COUNTERS)
    const link = linkOf(shared, 'cache 30', counters)
    isHit(link)
    expect(counters[REQUESTS]).toBe(1)
  })

  test('counters keep their place over reloads', async () => {
    const { host } = newHost()
    const before = await start(['cache 30'], host)
    const listeners = [listener('dns://:53', ['a.', 0], ['.', 1])]
    const after = await start(['cache 30 a', 'cache 60'], host, listeners, before.running)
    expect(after.shared.counters).toEqual([{ 0: 9, 1: 0 }])
  })
})

test('a lack of bytes is logged once an hour for the same zones', async () => {
  const { host, lines } = newHost()
  const { running } = await start(['cache 30'], host)
  for (let i = 0; i < 3; i++) running.receive!('.')
  running.receive!('a.')
  expect(lines.map((line) => line.slice(0, 62))).toEqual([
    '[WARNING] plugin/cache: the cache of . has no bytes left and r',
    '[WARNING] plugin/cache: the cache of a. has no bytes left and ',
  ])
})
