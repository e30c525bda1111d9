import { beforeEach, describe, expect, test } from 'vitest'
import type { Target } from '../../../src/plugins/forward/options.ts'
import {
  CONNECTIONS,
  DURATION_BUCKETS,
  DURATIONS,
  HISTOGRAM_COUNTERS,
  MAX_UPSTREAMS,
  UpstreamReader,
} from '../../../src/plugins/forward/upstream-table.ts'
import {
  MAX_GONE,
  type UpstreamCounts,
  UpstreamWriter,
} from '../../../src/plugins/forward/upstream-writer.ts'

const TARGETS: readonly Target[] = [
  { kind: 'file', transport: 'dns', path: '/etc/resolv.conf' },
  { kind: 'host', transport: 'tls', host: 'dns.example', port: 853, tlsServerName: 'a.example' },
]
const A = { target: 0, address: '192.0.2.1', port: 53 }
const B = { target: 1, address: '2001:db8::1', port: 853 }
const C = { target: 0, address: '192.0.2.3', port: 5353 }

let writer: UpstreamWriter
let reader: UpstreamReader

beforeEach(() => {
  writer = new UpstreamWriter()
  writer.update([A, B])
  reader = new UpstreamReader(writer.buffer, TARGETS, 0)
})

function counts(): UpstreamCounts {
  const all: UpstreamCounts = new Map()
  writer.addCounts(all)
  return all
}

describe('the list of upstreams', () => {
  test('has addresses, ports, transports and TLS server names in the order of the writer', () => {
    expect(reader.upstreams).toEqual([
      {
        id: 1,
        slot: 0,
        transport: 'dns',
        address: '192.0.2.1',
        addressBytes: Uint8Array.of(192, 0, 2, 1),
        port: 53,
        name: '192.0.2.1:53',
      },
      {
        id: 2,
        slot: 1,
        transport: 'tls',
        address: '2001:db8::1',
        addressBytes: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        port: 853,
        tlsServerName: 'a.example',
        name: '[2001:db8::1]:853',
      },
    ])
  })

  test('is read again only after a change', () => {
    expect(reader.refresh()).toBe(false)
    expect(writer.update([A, B])).toBe(false)
    expect(reader.refresh()).toBe(false)
    expect(writer.update([B, A])).toBe(true)
    expect(reader.refresh()).toBe(true)
    expect(reader.upstreams.map(({ id }) => id)).toEqual([2, 1])
    expect(reader.refresh()).toBe(false)
  })

  test('keeps id and state of an upstream that stays', () => {
    writer.setDown(writer.entries[1]!, true)
    writer.update([C, B])
    reader.refresh()
    expect(reader.upstreams.map(({ id }) => id)).toEqual([3, 2])
    expect(reader.upstreams.map((upstream) => reader.isDown(upstream))).toEqual([false, true])
  })

  test('gives another id to an upstream that comes back', () => {
    writer.update([A])
    writer.update([A, B])
    reader.refresh()
    expect(reader.upstreams.map(({ id }) => id)).toEqual([1, 3])
  })

  test('has at most MAX_UPSTREAMS upstreams', () => {
    const many = Array.from({ length: MAX_UPSTREAMS + 3 }, (_, i) => ({ ...A, port: 1000 + i }))
    expect(writer.update(many)).toBe(true)
    expect(writer.update(many)).toBe(false)
    reader.refresh()
    expect(reader.upstreams.map(({ port }) => port)).toEqual(
      many.slice(0, MAX_UPSTREAMS).map(({ port }) => port),
    )
  })

  test('stays as it was while the control thread writes', () => {
    const words = new Int32Array(writer.buffer)
    Atomics.add(words, 0, 1)
    expect(reader.refresh()).toBe(false)
    expect(reader.upstreams).toHaveLength(2)
    Atomics.add(words, 0, 1)
    expect(reader.refresh()).toBe(true)
  })
})

describe('the state of an upstream', () => {
  test('two failures in a row make it suspect, a reply ends that', () => {
    const [first] = reader.upstreams
    reader.failed(first!)
    expect(reader.isSuspect(first!)).toBe(false)
    reader.failed(first!)
    expect(reader.isSuspect(first!)).toBe(true)
    reader.replied(first!, 0, 1000)
    expect(reader.isSuspect(first!)).toBe(false)
  })

  test('the first failure of all threads asks for a probe, until the control thread has probed', () => {
    const [first, second] = reader.upstreams
    const other = new UpstreamReader(writer.buffer, TARGETS, 1)
    expect(reader.failed(first!)).toBe(true)
    expect(other.failed(first!)).toBe(false)
    expect(other.failed(second!)).toBe(true)
    expect(writer.wantsProbe(writer.entries[0]!)).toBe(true)
    expect(reader.isSuspect(first!)).toBe(true)
    writer.probed(writer.entries[0]!)
    expect(writer.wantsProbe(writer.entries[0]!)).toBe(false)
    expect(reader.isSuspect(first!)).toBe(false)
    expect(reader.failed(first!)).toBe(true)
  })

  test('the round-trip time is smoothed', () => {
    const [first] = reader.upstreams
    expect(reader.rtt(first!)).toBe(0)
    reader.replied(first!, 0, 8000)
    expect(reader.rtt(first!)).toBe(8000)
    reader.replied(first!, 0, 16_000)
    expect(reader.rtt(first!)).toBe(9000)
  })
})

describe('the state of the directive', () => {
  test('enter takes at most `max` places and counts who has none', () => {
    expect([reader.enter(2), reader.enter(2), reader.enter(2)]).toEqual([true, true, false])
    expect(writer.concurrentRejects).toBe(1)
    reader.leave()
    expect(reader.enter(2)).toBe(true)
  })

  test('places of a thread that ended are given back, and those of others stay', () => {
    const other = new UpstreamReader(writer.buffer, TARGETS, 1)
    expect([reader.enter(3), other.enter(3), reader.enter(3)]).toEqual([true, true, true])
    reader.leave()
    expect([reader.enter(3), reader.enter(3)]).toEqual([true, false])
    writer.freePlaces(0)
    expect([reader.enter(3), reader.enter(3), reader.enter(3)]).toEqual([true, true, false])
    other.leave()
    writer.freePlaces(1)
    expect([other.enter(3), other.enter(3)]).toEqual([true, false])
  })

  test('the turns of round_robin count on for all threads', () => {
    const other = new UpstreamReader(writer.buffer, TARGETS, 1)
    expect([reader.nextTurn(), other.nextTurn(), reader.nextTurn()]).toEqual([1, 2, 3])
  })

  test('attempts with all upstreams down are counted', () => {
    reader.allDown()
    expect(writer.healthcheckBroken).toBe(1)
  })
})

describe('the counters of an upstream', () => {
  const histogram = (rcode: number) => (DURATIONS - CONNECTIONS) / 2 + rcode * HISTOGRAM_COUNTERS

  test.each([
    ['250 µs', 250, 0],
    ['251 µs', 251, 1],
    ['8.2 s', 8_200_000, DURATION_BUCKETS.length],
  ])('a reply after %s is in bucket %#', (_, micros, bucket) => {
    reader.replied(reader.upstreams[0]!, 3, micros)
    const found = counts().get('192.0.2.1:53')!
    expect(found[histogram(3) + bucket]).toBe(1)
    expect(found[histogram(3) + DURATION_BUCKETS.length + 1]).toBe(micros)
  })

  test('the sum exceeds 32 bits', () => {
    for (let i = 0; i < 3; i++) reader.replied(reader.upstreams[0]!, 0, 2 ** 31 - 1)
    const sum = counts().get('192.0.2.1:53')![histogram(0) + DURATION_BUCKETS.length + 1]
    expect(sum).toBe(3 * (2 ** 31 - 1))
  })

  test('connections by protocol, hits before misses', () => {
    const [first] = reader.upstreams
    reader.connected(first!, 0, true)
    reader.connected(first!, 2, false)
    expect([...counts().get('192.0.2.1:53')!.slice(0, 6)]).toEqual([1, 0, 0, 0, 0, 1])
  })

  test('of the upstreams that went last are kept, not of all', () => {
    const last = 1000 + MAX_GONE + 2 * MAX_UPSTREAMS
    for (let port = 1000; port < last; port++) writer.update([{ ...A, port }])
    const found = counts()
    expect(found.size).toBe(MAX_GONE + MAX_UPSTREAMS)
    expect(found.has('192.0.2.1:53')).toBe(false)
    expect(found.has(`192.0.2.1:${last - 1}`)).toBe(true)
  })

  test('stay when the upstream is gone and its slot has another one', () => {
    reader.connected(reader.upstreams[0]!, 0, true)
    for (let port = 1000; port < 1000 + 2 * MAX_UPSTREAMS; port++) writer.update([{ ...A, port }])
    expect(counts().get('192.0.2.1:53')![0]).toBe(1)
    expect(counts().get('192.0.2.1:1000')![0]).toBe(0)
  })
})
