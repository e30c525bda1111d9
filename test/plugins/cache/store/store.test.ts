import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CacheKey } from '../../../../src/plugins/cache/store/key.ts'
import {
  BYTE_EVICTIONS,
  COUNT,
  createStore,
  HEAD,
  LIMIT,
  LOCK,
  type StoreHandle,
  WINDOW,
} from '../../../../src/plugins/cache/store/layout.ts'
import { StoreReader } from '../../../../src/plugins/cache/store/reader.ts'
import { NOT_STORED, StoreWriter } from '../../../../src/plugins/cache/store/writer.ts'
import type { QuerySpec } from '../../../support/dns-encode.ts'
import { waitFor } from '../../../support/wait-for.ts'
import { addressesOf, checkStore, keyOf, replyWith } from './entries.ts'
import type { StoreResult, StoreWork } from './store-thread-worker.ts'

const KEY = [1, 2] as const
const A = { name: 'a.example.org.', type: 'A' } as const

/** A store with its writer and a reader; `now` is set by the test. */
function newStore(capacity = 1024, arenaBytes?: number, staleSeconds = 0) {
  const handle = createStore(capacity, KEY, arenaBytes)
  const clock = { now: 1000 }
  const writer = new StoreWriter(handle, staleSeconds, () => clock.now)
  const reader = new StoreReader(handle)
  const control = new Int32Array(handle.control)
  const insert = (spec: QuerySpec, address: readonly number[], more = {}) =>
    writer.insert(keyOf(handle, spec), replyWith(spec, [Uint8Array.from(address)], more), clock.now)
  const find = (spec: QuerySpec) => (reader.find(keyOf(handle, spec)) ? addressesOf(reader) : [])
  return { handle, clock, writer, reader, control, insert, find }
}

describe('a store', () => {
  test('finds what was inserted, with its structure, flags and TTL', () => {
    const { handle, clock, writer, reader } = newStore()
    const reply = replyWith(A, [Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)], {
      flags: 0x83,
      ttl: 30,
    })
    expect(writer.insert(keyOf(handle, A), reply, clock.now)).toBe(0)
    expect(reader.find(keyOf(handle, A))).toBe(true)
    const { start, questionEnd, end, answers, authorities, additionals, flags, answering } = reader
    expect({ questionEnd, end, answers, authorities, additionals, flags, answering }).toEqual({
      questionEnd: reply.records.questionEnd,
      end: reply.records.end,
      answers: 2,
      authorities: 0,
      additionals: 0,
      flags: 0x83,
      answering: true,
    })
    expect(reader.bytes.slice(start + questionEnd, start + end)).toEqual(
      reply.bytes.slice(questionEnd, end),
    )
    expect([...reader.ttlAt.subarray(0, 2)]).toEqual([...reply.records.ttlAt.subarray(0, 2)])
    expect([0, 0.9, 29, 30, 31.5].map((age) => reader.left(clock.now + age))).toEqual([
      30, 30, 1, 0, -1,
    ])
  })

  test.each([
    ['another type', { ...A, type: 'AAAA' }],
    ['another class', { ...A, class: 'CH' }],
    ['DO', { ...A, edns: { do: true } }],
    ['CD', { ...A, flags: { cd: true } }],
    ['a query without RD', { ...A, flags: { rd: false } }],
    ['a longer name', { ...A, name: 'b.a.example.org.' }],
    ['a name of equal length', { ...A, name: 'b.example.org.' }],
  ])('has another entry for %s', (_, other: QuerySpec) => {
    const { insert, find } = newStore()
    insert(A, [10, 0, 0, 1])
    expect(find(other)).toEqual([])
    insert(other, [10, 0, 0, 2])
    expect([find(A), find(other)]).toEqual([['10.0.0.1'], ['10.0.0.2']])
  })

  test.each([
    ['upper case', { ...A, name: 'A.Example.ORG.' }],
    ['AD', { ...A, flags: { ad: true } }],
    ['EDNS without DO', { ...A, edns: { size: 4096 } }],
  ])('has the same entry for %s', (_, same: QuerySpec) => {
    const { insert, find } = newStore()
    insert(A, [10, 0, 0, 1])
    expect(find(same)).toEqual(['10.0.0.1'])
  })

  test('replaces the entry of a key', () => {
    const { handle, control, insert, find } = newStore()
    insert(A, [10, 0, 0, 1])
    insert(A, [10, 0, 0, 2])
    expect(find(A)).toEqual(['10.0.0.2'])
    expect(control[COUNT]).toBe(1)
    checkStore(handle)
  })

  test('removes the entry of a key', () => {
    const { handle, clock, writer, control, insert, find } = newStore()
    insert(A, [10, 0, 0, 1])
    writer.remove(keyOf(handle, A), clock.now)
    expect(find(A)).toEqual([])
    expect(control[COUNT]).toBe(0)
    checkStore(handle)
  })

  test('keeps as many entries as its capacity, and those that are used before others', () => {
    const { handle, control, reader, insert, find } = newStore(100)
    const spec = (i: number) => ({ name: `n${i}.example.`, type: 'A' })
    let evicted = 0
    for (let i = 0; i < 1000; i++) {
      evicted += insert(spec(i), [10, 1, i >>> 8, i & 255])
      for (let used = 0; used < 10; used++) if (find(spec(used)).length > 0) reader.touch()
    }
    expect(control[COUNT]).toBe(100)
    expect(evicted).toBe(900)
    const found = Array.from({ length: 1000 }, (_, i) => i).filter((i) => find(spec(i)).length > 0)
    expect(found.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(found).toHaveLength(100)
    checkStore(handle)
  })

  test('removes expired entries first, and does not count them as evicted', () => {
    const { clock, control, insert, find } = newStore(100)
    const spec = (i: number) => ({ name: `n${i}.example.`, type: 'A' })
    for (let i = 0; i < 100; i++) insert(spec(i), [10, 1, 0, i])
    clock.now += 60
    let evicted = 0
    for (let i = 100; i < 200; i++) evicted += insert(spec(i), [10, 1, 0, i])
    expect(evicted).toBe(0)
    expect(control[COUNT]).toBe(100)
    expect(find(spec(199))).toEqual(['10.1.0.199'])
  })

  test.each([
    ['keeps expired answers', 0, 1],
    ['keeps expired denials', 3, 1],
    ['does not keep an expired SERVFAIL', 2, 0],
    ['does not keep an expired NOTIMP', 4, 0],
  ])('%s for the stale time', (_, flags, evicted) => {
    const { clock, insert } = newStore(100, undefined, 3600)
    for (let i = 0; i < 100; i++) {
      insert({ name: `n${i}.example.`, type: 'A' }, [10, 1, 0, i], { flags })
    }
    clock.now += 3600
    expect(insert(A, [10, 0, 0, 1])).toBe(evicted)
  })

  test('uses little of its arena for few names, however often they are renewed', () => {
    const { handle, clock, control, insert, find } = newStore(100_000)
    const first = control[LIMIT]
    const spec = (i: number) => ({ name: `n${i}.example.`, type: 'A' })
    for (let i = 0; i < 30_000; i++) {
      clock.now += 0.1
      insert(spec(i % 200), [10, 0, 0, i % 200])
    }
    expect(control[LIMIT]).toBe(first)
    expect(handle.arena.byteLength).toBeGreaterThan(100 * 8 * first!)
    expect(find(spec(7))).toEqual(['10.0.0.7'])
    checkStore(handle)
  })

  test('grows its arena before it removes entries', () => {
    const { control, insert, find } = newStore(10_000)
    const spec = (i: number) => ({ name: `n${i}.example.`, type: 'A' })
    let evicted = 0
    for (let i = 0; i < 10_000; i++) evicted += insert(spec(i), [10, 2, i >>> 8, i & 255])
    const found = Array.from({ length: 10_000 }, (_, i) => find(spec(i)).length)
    // A window of the index may be full.
    expect(evicted).toBeLessThan(10)
    expect(found.filter((length) => length === 0)).toHaveLength(evicted)
    expect(control[BYTE_EVICTIONS]).toBe(0)
  })

  test('removes entries when its bytes are in use, and counts them', () => {
    const { handle, control, insert, find } = newStore(10_000, 32 * 1024)
    for (let i = 0; i < 1000; i++) insert({ name: `n${i}.example.`, type: 'A' }, [10, 2, 0, 1])
    expect(control[COUNT]).toBeGreaterThan(150)
    expect(control[BYTE_EVICTIONS]).toBe(1000 - control[COUNT]!)
    expect(find({ name: 'n999.example.', type: 'A' })).toEqual(['10.2.0.1'])
    checkStore(handle)
  })

  test('takes a reply of 64 KiB, and refuses one that exceeds a quarter of its arena', () => {
    const large = newStore(1024)
    const addresses = Array.from({ length: 4000 }, (_, i) => Uint8Array.of(10, 0, i >>> 8, i & 255))
    const { handle } = large
    const reply = replyWith(A, addresses)
    expect(large.writer.insert(keyOf(handle, A), reply, 0)).toBe(0)
    expect(large.find(A)).toHaveLength(4000)
    const small = newStore(1024, 64 * 1024)
    expect(small.writer.insert(keyOf(small.handle, A), reply, 0)).toBe(NOT_STORED)
  })

  test('replaces the oldest entry of a window that is full', () => {
    const { handle, writer, control, reader } = newStore(1024)
    const keys = Array.from({ length: WINDOW + 1 }, (_, i) => {
      const spec = { name: `n${i}.example.`, type: 'A' }
      const key = keyOf(handle, spec)
      key.hash = 7
      return { spec, key }
    })
    for (const [i, { spec, key }] of keys.entries()) {
      const evicted = writer.insert(key, replyWith(spec, [Uint8Array.of(10, 0, 0, i)]), i)
      expect(evicted).toBe(i < WINDOW ? 0 : 1)
    }
    const found = keys.map(({ key }) => (reader.find(key) ? addressesOf(reader)[0] : undefined))
    expect(found).toEqual([undefined, ...keys.slice(1).map((_, i) => `10.0.0.${i + 1}`)])
    expect(control[COUNT]).toBe(WINDOW)
    checkStore(handle)
  })

  test('goes without a lock that another thread holds, and takes it over after 5 s', () => {
    const { handle, clock, control, insert, find } = newStore()
    insert(A, [10, 0, 0, 1])
    control[LOCK] = 12_345
    const other = { ...A, name: 'b.example.org.' }
    expect(insert(other, [10, 0, 0, 2])).toBe(NOT_STORED)
    expect(find(A)).toEqual(['10.0.0.1'])
    clock.now += 4.9
    expect(insert(other, [10, 0, 0, 2])).toBe(NOT_STORED)
    clock.now += 0.2
    expect(insert(other, [10, 0, 0, 2])).toBe(0)
    // What the lock protects is unknown then.
    expect([find(A), find(other)]).toEqual([[], ['10.0.0.2']])
    expect(control[LOCK]).toBe(0)
    checkStore(handle)
  })
})

describe('a thread whose lock another thread has taken over', () => {
  test.each([
    ['no room for its entry', 100, undefined],
    ['no bytes for its entry', 10_000, 32 * 1024],
  ])('changes nothing, with %s', (_, capacity, arenaBytes) => {
    const { handle, clock, writer, control, insert } = newStore(capacity, arenaBytes)
    for (let i = 0; i < 500; i++) insert({ name: `n${i}.example.`, type: 'A' }, [10, 1, 0, 1])
    const views = [control, new Int32Array(handle.index), new Int32Array(handle.arena)]
    let before: readonly Int32Array[] = []
    const key = losingLock(keyOf(handle, A), () => {
      control[LOCK] = 12_345
      before = views.map((view) => view.slice())
    })
    const reply = replyWith(A, new Array<Uint8Array>(20).fill(Uint8Array.of(10, 0, 0, 1)))
    expect(writer.insert(key, reply, clock.now)).toBe(NOT_STORED)
    expect(views.map((view, i) => view.findIndex((word, at) => word !== before[i]![at]))).toEqual([
      -1, -1, -1,
    ])
  })

  test('ends when the other thread has emptied the ring', () => {
    const { handle, clock, writer, control, insert } = newStore(100)
    for (let i = 0; i < 100; i++) insert({ name: `n${i}.example.`, type: 'A' }, [10, 1, 0, 1])
    const key = losingLock(keyOf(handle, A), () => control.fill(0, HEAD, LIMIT))
    expect(writer.insert(key, replyWith(A, []), clock.now)).toBe(NOT_STORED)
  })
})

/** A key that calls `lose` when an insertion first looks for it, which is after it has taken the lock. */
function losingLock(key: CacheKey, lose: () => void): CacheKey {
  let isLost = false
  return Object.create(key, {
    hash: {
      get: () => {
        if (!isLost) lose()
        isLost = true
        return key.hash
      },
    },
  })
}

describe('the hits and refreshes of an entry', () => {
  const MINUTE = 60_000

  test('hits count in a row; a pause begins a new row', () => {
    const { insert, find, reader } = newStore()
    insert(A, [10, 0, 0, 1])
    find(A)
    const times = [0, 1000, 61_000, 121_001, 121_002]
    expect(times.map((ms) => reader.countHit(ms, MINUTE))).toEqual([1, 2, 3, 1, 2])
  })

  test('a renewed entry starts at 0, and keeps its hits if a refresh renewed it', () => {
    const { insert, find, reader } = newStore()
    insert(A, [10, 0, 0, 1])
    find(A)
    reader.countHit(1000, MINUTE)
    insert(A, [10, 0, 0, 2])
    expect(reader.countHit(1001, MINUTE)).toBe(1)
    expect(reader.beginRefresh(1001, 5000)).toBe(true)
    insert(A, [10, 0, 0, 3])
    expect(reader.countHit(1002, MINUTE)).toBe(2)
  })

  test('one refresh runs at a time, until its lease ends or a reply comes', () => {
    const { insert, find, reader } = newStore()
    insert(A, [10, 0, 0, 1])
    find(A)
    const begun = [1000, 1001, 5999, 6000, 6001].map((ms) => reader.beginRefresh(ms, 5000))
    expect(begun).toEqual([true, false, false, true, false])
    insert(A, [10, 0, 0, 2])
    expect(reader.beginRefresh(6002, 5000)).toBe(true)
  })

  test('after a failed refresh the next one waits', () => {
    const { insert, find, reader } = newStore()
    insert(A, [10, 0, 0, 1])
    find(A)
    reader.beginRefresh(1000, 5000)
    reader.failRefresh(2000, 30_000)
    expect([31_999, 32_000].map((ms) => reader.beginRefresh(ms, 5000))).toEqual([false, true])
    reader.failRefresh(33_000, 0)
    expect(reader.beginRefresh(33_000, 5000)).toBe(true)
  })

  test('the clock may pass 2^32 milliseconds', () => {
    const { insert, find, reader } = newStore()
    insert(A, [10, 0, 0, 1])
    find(A)
    const late = 2 ** 32
    expect([late - 10, late + 10].map((ms) => reader.countHit(ms, MINUTE))).toEqual([1, 2])
    expect(reader.beginRefresh(late - 10, 5000)).toBe(true)
    expect(reader.beginRefresh(late + 10, 5000)).toBe(false)
  })
})

describe('a store beside a Map', () => {
  const step = fc.record({
    key: fc.nat(60),
    records: fc.integer({ min: 0, max: 30 }),
    ttl: fc.integer({ min: 1, max: 50 }),
    pass: fc.integer({ min: 0, max: 8 }),
    action: fc.constantFrom('insert', 'insert', 'insert', 'find', 'find', 'remove'),
  })

  test.each([
    ['few entries', 16, 64 * 1024],
    ['few bytes', 1024, 8 * 1024],
    ['enough of both', 1024, 256 * 1024],
  ])('never has another answer than the Map, with %s', (_, capacity, arenaBytes) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { handle, clock, writer, reader, control } = newStore(capacity, arenaBytes)
        const model = new Map<number, { text: string; expires: number }>()
        for (const [i, { key, records, ttl, pass, action }] of steps.entries()) {
          clock.now += pass / 4
          const spec = { name: `k${key}.example.`, type: 'A' }
          const cacheKey = keyOf(handle, spec)
          if (action === 'insert') {
            const address = Uint8Array.of(10, key, i >>> 8, i & 255)
            const reply = replyWith(spec, new Array<Uint8Array>(records).fill(address), { ttl })
            const stored = writer.insert(cacheKey, reply, clock.now) !== NOT_STORED
            if (!stored) throw new Error('not stored')
            const text = new Array<string>(records).fill(address.join('.')).join()
            model.set(key, { text, expires: clock.now + ttl })
          } else if (action === 'remove') {
            writer.remove(cacheKey, clock.now)
            model.delete(key)
          } else if (reader.find(cacheKey)) {
            const known = model.get(key)
            expect(addressesOf(reader).join()).toBe(known?.text)
            const left = Math.ceil(known!.expires - clock.now)
            expect(reader.left(clock.now) === left).toBe(true)
            reader.touch()
          } else if (capacity > 100 && arenaBytes > 100_000) {
            const known = model.get(key)
            expect(known === undefined || known.expires <= clock.now).toBe(true)
          }
          expect(control[COUNT]!).toBeLessThanOrEqual(capacity)
          checkStore(handle)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a reader on another thread', () => {
  test('finds whole entries of the right name only, while two threads write', async () => {
    const handle: StoreHandle = createStore(300, [3, 4], 24 * 1024)
    const flags = new Int32Array(new SharedArrayBuffer(16))
    const run = (role: StoreWork['role'], progress: number) => {
      const work: StoreWork = { handle, role, names: 400, progress, flags }
      const worker = new Worker(new URL('./store-thread-worker.ts', import.meta.url), {
        workerData: work,
      })
      return Promise.all([once(worker, 'message'), once(worker, 'exit')])
    }
    const running = [run('read', 1), run('write', 2), run('write', 3)]
    const isDone = () => flags[1]! > 100_000 && flags[2]! > 5000 && flags[3]! > 5000
    await waitFor('enough hits and insertions', isDone, { timeoutMs: 50_000 })
    Atomics.store(flags, 0, 1)
    const results = (await Promise.all(running)).map(([[result]]) => result as StoreResult)
    expect(results.map(({ wrong }) => wrong)).toEqual([0, 0, 0])
    checkStore(handle)
  }, 60_000)
})
