// The answer table: readers find what the writer stores, memory is reused, and a reader on another thread never sees a
// partial change.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { relativeName } from '../../src/dns/name.ts'
import type { CompiledAnswer, CompiledName } from '../../src/zone/compiled.ts'
import { CONTROL_REGION, MAX_READERS } from '../../src/zone/layout.ts'
import { TableReader } from '../../src/zone/table-reader.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { find } from '../support/find.ts'
import type { ReaderResult } from './table-thread-worker.ts'

const MAX_BYTES = 2 ** 22

function newTable(maxBytes = MAX_BYTES) {
  const table = new TableWriter({ maxBytes })
  return { table, reader: new TableReader(table.handle, 0) }
}

function answer(type: number, bytes: Uint8Array): CompiledAnswer {
  return { type, bytes, answers: bytes.length, additionals: 1, rrSize: type === 1 ? 16 : 0 }
}

function nameOf(...labels: readonly string[]): Uint8Array {
  return relativeName(...labels)!
}

function entry(label: string, ...answers: readonly CompiledAnswer[]): CompiledName {
  return { name: nameOf(label, 'svc'), answers }
}

/** The answer of a reader for a name and type; 'nodata' without the type, 'nothing' without the name. */
function lookUp(reader: TableReader, name: Uint8Array, type: number) {
  reader.enter()
  const found = find(reader, name)
  const at = found === 0 ? 0 : reader.answer(found, type)
  const start = at === 0 ? 0 : reader.dataStart(found, at)
  const bytes = [...reader.bytes.subarray(start, start + (at === 0 ? 0 : reader.dataLength(at)))]
  const counts =
    at === 0 ? [] : [reader.answerCount(at), reader.additionalCount(at), reader.rrSize(at)]
  reader.leave()
  if (found === 0) return 'nothing'
  return at === 0 ? 'nodata' : { bytes, counts }
}

function expected(names: readonly CompiledName[] | undefined, label: string, type: number) {
  const name = names?.find(
    (candidate) => Buffer.compare(candidate.name, nameOf(label, 'svc')) === 0,
  )
  const answer = name?.answers.find((candidate) => candidate.type === type)
  if (name === undefined) return 'nothing'
  if (answer === undefined) return 'nodata'
  return { bytes: [...answer.bytes], counts: [answer.answers, answer.additionals, answer.rrSize] }
}

describe('content', () => {
  test('equals what was stored', () => {
    const { table, reader } = newTable()
    const a = answer(1, Uint8Array.of(1, 2, 3))
    const srv = answer(33, Uint8Array.of(4))
    expect(table.replace('ns/web', [entry('web', a, srv), entry('empty')])).toBe(true)
    expect(lookUp(reader, nameOf('web', 'svc'), 1)).toEqual({
      bytes: [1, 2, 3],
      counts: [3, 1, 16],
    })
    expect(lookUp(reader, nameOf('web', 'svc'), 33)).toEqual({ bytes: [4], counts: [1, 1, 0] })
    expect(lookUp(reader, nameOf('web', 'svc'), 28)).toBe('nodata')
    expect(lookUp(reader, nameOf('empty', 'svc'), 1)).toBe('nodata')
    expect(lookUp(reader, nameOf('web'), 1)).toBe('nothing')
    expect(lookUp(reader, nameOf('we', 'svc'), 1)).toBe('nothing')
    expect([...table.owners()]).toEqual(['ns/web'])
    expect(table.stats().entries).toBe(2)
  })

  test('find uses only the given length of a name', () => {
    const { table, reader } = newTable()
    table.replace('o', [entry('web', answer(1, Uint8Array.of(1)))])
    const long = Uint8Array.from([...nameOf('web', 'svc'), 9, 9])
    expect(find(reader, long, long.length - 2)).toBeGreaterThan(0)
    expect(find(reader, long)).toBe(0)
  })

  test('storing equal content is not a change', () => {
    const { table, reader } = newTable()
    const names = () => [entry('web', answer(1, Uint8Array.of(1, 2, 3)))]
    expect(table.replace('o', names())).toBe(true)
    const before = find(reader, nameOf('web', 'svc'))
    expect(table.replace('o', names())).toBe(false)
    expect(find(reader, nameOf('web', 'svc'))).toBe(before)
    expect(table.replace('o', [entry('web', answer(1, Uint8Array.of(1, 2, 4)))])).toBe(true)
    expect(table.replace('o', [entry('web', answer(1, Uint8Array.of(1, 2, 4, 0)))])).toBe(true)
  })

  test('removing an unknown owner is not a change', () => {
    const { table } = newTable()
    expect(table.replace('o', [])).toBe(false)
    table.replace('o', [entry('web')])
    expect(table.replace('o', [])).toBe(true)
    expect(table.replace('o', [])).toBe(false)
  })

  test('can have the longest name and the largest answer', () => {
    const { table, reader } = newTable()
    const label = 'x'.repeat(63)
    const name = nameOf(label, label, label, 'y'.repeat(50))
    const bytes = Uint8Array.from({ length: 65535 + 70 }, (_, i) => i)
    table.replace('o', [
      { name, answers: [{ ...answer(33, bytes), answers: 0xffff, additionals: 0xffff }] },
    ])
    expect(lookUp(reader, name, 33)).toEqual({ bytes: [...bytes], counts: [0xffff, 0xffff, 0] })
  })
})

const LABELS = Array.from({ length: 40 }, (_, i) => `n${i}`)
const OWNERS = ['a', 'b', 'c', 'd']

interface Change {
  readonly owner: number
  readonly names: readonly CompiledName[]
}

// Owners have disjoint names, like Services.
const change: fc.Arbitrary<Change> = fc.nat(OWNERS.length - 1).chain((owner) => {
  const labels = LABELS.slice(10 * owner, 10 * owner + 10)
  const answers = fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(1, 28, 33), fc.uint8Array({ minLength: 1, maxLength: 200 }))
      .map(([type, bytes]) => answer(type, bytes)),
    { selector: ({ type }) => type, maxLength: 3 },
  )
  const names = fc
    .subarray(labels)
    .chain((some) => fc.tuple(...some.map((label) => answers.map((list) => entry(label, ...list)))))
  return fc.record({ owner: fc.constant(owner), names })
})

describe('any sequence of changes', () => {
  test('property: reads equal those of a map, and memory is freed', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const { table, reader } = newTable()
        const start = table.stats()
        const model = new Map<number, readonly CompiledName[]>()
        for (const { owner, names } of changes) {
          table.replace(OWNERS[owner]!, names)
          model.set(owner, names)
          for (const [i, label] of LABELS.entries()) {
            for (const type of [1, 28, 33]) {
              expect(lookUp(reader, nameOf(label, 'svc'), type)).toEqual(
                expected(model.get(Math.floor(i / 10)), label, type),
              )
            }
          }
        }
        const count = [...model.values()].reduce((sum, names) => sum + names.length, 0)
        expect(table.stats().entries).toBe(count)
        for (const owner of OWNERS) table.replace(owner, [])
        expect(table.stats()).toMatchObject({ entries: 0, usedBytes: start.usedBytes })
      }),
      { numRuns: 40 },
    )
  }, 30_000)
})

/** Stores `count` owners with answers whose sizes and bytes depend on the round. */
function fill(table: TableWriter, count: number, round: number): void {
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(16 + ((i * 37 + round * 101) % 400)).fill(i + round)
    table.replace(`ns/s${i}`, [entry(`s${i}`, answer(1, bytes)), entry(`p${i}`, answer(1, bytes))])
  }
}

describe('memory', () => {
  test('does not grow with the number of changes', () => {
    const { table } = newTable(2 ** 24)
    // The first rounds contain all sizes.
    for (let round = 0; round < 20; round++) fill(table, 400, round)
    const { reservedBytes } = table.stats()
    for (let round = 20; round < 60; round++) fill(table, 400, round)
    expect(table.stats().reservedBytes).toBeLessThan(1.3 * reservedBytes)
  })

  test('is freed when all owners are removed', () => {
    const { table, reader } = newTable(2 ** 24)
    fill(table, 2000, 0)
    for (let i = 0; i < 2000; i++) table.replace(`ns/s${i}`, [])
    const empty = table.stats()
    expect(empty.entries).toBe(0)
    fill(table, 2000, 0)
    expect(table.stats().reservedBytes).toBe(empty.reservedBytes)
    for (let i = 0; i < 2000; i++) table.replace(`ns/s${i}`, [])
    expect(table.stats()).toEqual(empty)
    expect(lookUp(reader, nameOf('s1', 'svc'), 1)).toBe('nothing')
  })

  test('of the index does not fill with removed names', () => {
    const { table, reader } = newTable()
    const { usedBytes } = table.stats()
    table.replace('stable', [entry('stable', answer(1, Uint8Array.of(7)))])
    for (let i = 0; i < 5000; i++) {
      table.replace('o', [entry(`x${i}`, answer(1, Uint8Array.of(1)))])
      expect(find(reader, nameOf('stable', 'svc'))).toBeGreaterThan(0)
    }
    table.replace('o', [])
    table.replace('stable', [])
    expect(table.stats().usedBytes).toBe(usedBytes)
  })

  test('of equal answers of an owner is shared', () => {
    const bytes = new Uint8Array(40_000)
    const { table } = newTable()
    const empty = table.stats().usedBytes
    table.replace('o', [entry('a', answer(1, bytes)), entry('b', answer(1, bytes))])
    expect(table.stats().usedBytes - empty).toBeLessThan(60_000)
  })
})

describe('a reader in a batch', () => {
  test('can read an answer until it leaves, even after replacements', () => {
    const { table, reader } = newTable()
    const old = Uint8Array.from({ length: 64 }, () => 1)
    table.replace('o', [entry('web', answer(1, old))])
    const before = table.stats().usedBytes
    reader.enter()
    const found = find(reader, nameOf('web', 'svc'))
    const at = reader.dataStart(found, reader.answer(found, 1))
    for (let i = 2; i < 50; i++)
      table.replace('o', [
        entry(
          'web',
          answer(
            1,
            old.map(() => i),
          ),
        ),
      ])
    expect([...reader.bytes.subarray(at, at + 64)]).toEqual([...old])
    expect(table.stats().usedBytes).toBeGreaterThan(before + 40 * 64)
    reader.leave()
    expect(table.stats().usedBytes).toBe(before)
  })

  test('keeps only pages that were replaced since it entered', () => {
    const { table } = newTable()
    const readers = [
      new TableReader(table.handle, 1),
      new TableReader(table.handle, MAX_READERS - 1),
    ]
    table.replace('o', [entry('web', answer(1, new Uint8Array(64).fill(1)))])
    const before = table.stats().usedBytes
    readers[0]!.enter()
    table.replace('o', [entry('web', answer(1, new Uint8Array(64).fill(2)))])
    readers[1]!.enter()
    table.replace('o', [entry('web', answer(1, new Uint8Array(64).fill(3)))])
    const twoHeld = table.stats().usedBytes
    readers[0]!.leave()
    const oneHeld = table.stats().usedBytes
    readers[1]!.leave()
    const noneHeld = table.stats().usedBytes
    expect([twoHeld > oneHeld, oneHeld > noneHeld, noneHeld]).toEqual([true, true, before])
  })

  test('can be released when its thread has ended', () => {
    const { table, reader } = newTable()
    table.replace('o', [entry('web', answer(1, new Uint8Array(64).fill(1)))])
    const before = table.stats().usedBytes
    reader.enter()
    table.replace('o', [entry('web', answer(1, new Uint8Array(64).fill(2)))])
    expect(table.stats().usedBytes).toBeGreaterThan(before)
    table.releaseReader(0)
    expect(table.stats().usedBytes).toBe(before)
  })
})

describe('a full table', () => {
  test('keeps the owner unchanged', () => {
    const { table, reader } = newTable(2 ** 16)
    const small = entry('web', answer(1, Uint8Array.of(1, 2)))
    table.replace('o', [small])
    const used = table.stats()
    const large = entry('web', { ...answer(1, new Uint8Array(2 ** 17)), answers: 1 })
    expect(() => table.replace('o', [large])).toThrow(
      expect.objectContaining({ code: 'TABLE_FULL' }),
    )
    expect(() => table.replace('p', [large])).toThrow('no room for the answers of p')
    expect(lookUp(reader, nameOf('web', 'svc'), 1)).toEqual({ bytes: [1, 2], counts: [2, 1, 16] })
    expect(table.stats()).toEqual(used)
    expect([...table.owners()]).toEqual(['o'])
    expect(table.replace('o', [small])).toBe(false)
  })

  test('refuses an answer whose count of records needs more than 16 bits', () => {
    const { table, reader } = newTable()
    const counted = (answers: number, additionals: number) =>
      entry('web', { type: 1, bytes: Uint8Array.of(1), answers, additionals, rrSize: 0 })
    table.replace('o', [counted(0xffff, 0xffff)])
    for (const name of [counted(0x10000, 0), counted(1, 0x10000)]) {
      expect(() => table.replace('o', [name])).toThrow('an answer of o has over 65535 records')
    }
    expect(lookUp(reader, nameOf('web', 'svc'), 1)).toMatchObject({ counts: [0xffff, 0xffff, 0] })
  })

  test('accepts new owners once others are removed', () => {
    const { table } = newTable(2 ** 16)
    const large = (label: string) => [entry(label, answer(1, new Uint8Array(2 ** 15)))]
    table.replace('a', large('a'))
    expect(() => table.replace('b', large('b'))).toThrow()
    table.replace('a', [])
    expect(table.replace('b', large('b'))).toBe(true)
  })
})

describe('serial and sync', () => {
  test('the serial is the time, or the last serial plus one', () => {
    const { table, reader } = newTable()
    const serialAt = (now: number) => {
      table.advanceSerial(now)
      return reader.serial
    }
    expect(reader.serial).toBe(0)
    expect([1000, 1000, 999, 1002, 1001, 5000].map(serialAt)).toEqual([
      1000, 1001, 1002, 1003, 1004, 5000,
    ])
    expect(serialAt(3_000_000_000)).toBe(3_000_000_000)
    expect(serialAt(10)).toBe(3_000_000_001)
  })

  test('synced is set once, for all readers', () => {
    const { table, reader } = newTable()
    expect(reader.synced).toBe(false)
    table.setSynced()
    expect([reader.synced, new TableReader(table.handle, 5).synced]).toEqual([true, true])
  })
})

describe('a reader on another thread', () => {
  test('sees no partial change and misses no name, across index rebuilds', async () => {
    const { table } = newTable(2 ** 25)
    const flag = () => new Int32Array(new SharedArrayBuffer(4))
    const stop = flag()
    const batches = flag()
    const stable = Array.from({ length: 64 }, (_, i) => `stable${i}`)
    const write = (label: string, round: number) => {
      const bytes = new Uint8Array(1 + ((round * 7) % 90)).fill(round)
      // An extra name moves the entries within the page.
      const extra = round % 3 === 0 ? [entry(`${label}-x`, answer(1, bytes))] : []
      table.replace(label, [...extra, entry(label, answer(1, bytes))])
    }
    for (const label of stable) write(label, 0)
    const other = Array.from({ length: 64 }, (_, i) => nameOf(`other${i}`, 'svc'))
    const work = {
      handle: table.handle,
      reader: 3,
      stable: stable.map((label) => nameOf(label, 'svc')),
      other,
      stop,
      batches,
    }
    const worker = new Worker(new URL('./table-thread-worker.ts', import.meta.url), {
      workerData: work,
    })
    const result = once(worker, 'message')
    const ended = once(worker, 'exit')
    // Waits until the reader has started.
    while (Atomics.load(batches, 0) === 0) {
      const waited = Atomics.waitAsync(batches, 0, 0, 1000)
      if (waited.async) await waited.value
    }
    for (let round = 1; round < 400; round++) {
      for (const label of stable) write(label, round)
      // Grows and shrinks, so the index is rebuilt in larger, equal and smaller regions.
      const many = round % 8 < 4 ? 1500 : 64
      const names = Array.from({ length: many }, (_, i) =>
        entry(`other${i}`, answer(1, Uint8Array.of(round))),
      )
      table.replace('other', round % 8 === 7 ? [] : names)
    }
    Atomics.store(stop, 0, 1)
    const [{ reads, missing, torn }] = (await result) as [ReaderResult]
    await ended
    expect({ missing, torn }).toEqual({ missing: 0, torn: 0 })
    expect(reads).toBeGreaterThan(1000)
    for (const owner of [...table.owners()]) table.replace(owner, [])
    expect(table.stats().entries).toBe(0)
  }, 60_000)

  test('delays a rebuild of the index until it leaves', async () => {
    const { table } = newTable()
    const control = new Int32Array(table.handle.control)
    const entered = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(new URL('./table-rebuild-worker.ts', import.meta.url), {
      workerData: { handle: table.handle, reader: 7, entered },
    })
    const result = once(worker, 'message')
    const waited = Atomics.waitAsync(entered, 0, 0)
    if (waited.async) await waited.value
    let rebuilds = 0
    let region = control[CONTROL_REGION]!
    // Added and removed names fill the index with deleted slots; it is rebuilt in the same size.
    for (let i = 0; rebuilds < 2; i++) {
      table.replace('o', [entry(`x${i}`, answer(1, Uint8Array.of(1)))])
      if (control[CONTROL_REGION] !== region) rebuilds++
      region = control[CONTROL_REGION]!
    }
    expect(await result).toEqual([false])
  }, 20_000)
})
