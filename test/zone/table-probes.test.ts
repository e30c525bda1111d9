// The hash of the name index has a secret key, so that nobody can choose names of which many have the same slot.
import { describe, expect, test } from 'vitest'
import { relativeName } from '../../src/dns/name.ts'
import type { CompiledName } from '../../src/zone/compiled.ts'
import {
  CONTROL_REGION,
  keyWord,
  MIN_REGION,
  regionStart,
  SLOT_EMPTY,
} from '../../src/zone/layout.ts'
import { type HashKey, hashName } from '../../src/zone/name-hash.ts'
import { TableReader } from '../../src/zone/table-reader.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { COLLIDING_LABELS, collidingLabel, fnv1a } from '../support/colliding-labels.ts'
import { find, nameWords } from '../support/find.ts'
import { createRandom } from '../support/random.ts'

const MAX_BYTES = 2 ** 24

function nameOf(label: string): Uint8Array {
  return relativeName(label, 'c1', 'web', 'shop', 'svc')!
}

function named(labels: readonly string[]): CompiledName[] {
  return labels.map((label) => ({ name: nameOf(label), answers: [] }))
}

/** The number of slots of the current region, and of its longest run of slots that are not empty. */
function indexOf({ handle }: TableWriter): { slots: number; longestRun: number } {
  const region = new Int32Array(handle.control)[CONTROL_REGION]!
  const slots = 2 ** (region >>> 1)
  const start = regionStart(region)
  const index = new Int32Array(handle.index, 4 * start, slots)
  let longestRun = 0
  let run = 0
  // Twice around, because a run may cross the end.
  for (let i = 0; i < 2 * slots; i++) {
    run = index[i % slots] === SLOT_EMPTY ? 0 : run + 1
    longestRun = Math.max(longestRun, run)
  }
  return { slots, longestRun }
}

/** Keys in turn, then the last one again and again; `taken` is the number of calls. */
function keySequence(...keys: readonly HashKey[]) {
  const sequence = {
    taken: 0,
    newKey: (): HashKey => keys[Math.min(sequence.taken++, keys.length - 1)]!,
  }
  return sequence
}

describe('names that collide in a hash without a key', () => {
  const colliding = Array.from({ length: COLLIDING_LABELS }, (_, i) => collidingLabel(i))

  test('are 32,768 hostnames with one FNV-1a hash', () => {
    expect(new Set(colliding).size).toBe(32_768)
    expect(colliding.every((label) => /^[a-z0-9]{60}$/.test(label))).toBe(true)
    expect(new Set(colliding.map((label) => fnv1a(nameOf(label)))).size).toBe(1)
  })

  test('have probes as short as those of ordinary names', () => {
    const ordinary = colliding.map((_label, i) => `host-${i}`)
    for (const labels of [ordinary, colliding]) {
      const { newKey } = keySequence([1, 2])
      const table = new TableWriter({ maxBytes: MAX_BYTES, newKey })
      table.replace('web', named(labels))
      const reader = new TableReader(table.handle, 0)
      expect(labels.every((label) => find(reader, nameOf(label)) !== 0)).toBe(true)
      expect(indexOf(table)).toEqual({
        slots: 131_072,
        longestRun: expect.toSatisfy((n) => n < 40),
      })
    }
  })

  test('have the same keyed hash only by chance', () => {
    const { int } = createRandom(1)
    for (let round = 0; round < 4; round++) {
      const [key0, key1] = [int(2 ** 32) | 0, int(2 ** 32) | 0]
      const hashes = colliding.map((label) => {
        const name = nameOf(label)
        return hashName(nameWords(name), 0, name.length, key0, key1)
      })
      // 32,768 random numbers of 32 bits have 0.1 equal pairs.
      expect(new Set(hashes).size).toBeGreaterThan(COLLIDING_LABELS - 4)
    }
  })
})

describe('the key', () => {
  const keysOf = ({ handle }: TableWriter) => {
    const control = new Int32Array(handle.control)
    const at = keyWord(control[CONTROL_REGION]!)
    return control.slice(at, at + 2)
  }

  test('is another one for each table, and after each rebuild of the index', () => {
    const tables = [
      new TableWriter({ maxBytes: MAX_BYTES }),
      new TableWriter({ maxBytes: MAX_BYTES }),
    ]
    const first = tables.map(keysOf)
    for (const table of tables)
      table.replace('web', named(Array.from({ length: 600 }, (_, i) => `h${i}`)))
    const keys = [...first, ...tables.map(keysOf)]
    expect(new Set(keys.map((key) => key.join())).size).toBe(4)
  })
})

describe('names that somebody chose for the key', () => {
  const KEY: HashKey = [11, 12]
  const OTHER: HashKey = [21, 22]

  /** Labels whose names have the same slot under `key`, in the smallest index and in one of twice the size. */
  function chosen(count: number, key: HashKey): string[] {
    const labels: string[] = []
    for (let i = 0; labels.length < count; i++) {
      const name = nameOf(`h${i}`)
      const hash = hashName(nameWords(name), 0, name.length, ...key)
      if ((hash & (2 ** (MIN_REGION + 1) - 1)) === 0) labels.push(`h${i}`)
    }
    return labels
  }

  const labels = chosen(300, KEY)

  function publishOneByOne(table: TableWriter): TableReader {
    for (const label of labels) table.replace(label, named([label]))
    return new TableReader(table.handle, 0)
  }

  test('get another key when a probe is longer than 256 slots', () => {
    const keys = keySequence(KEY, OTHER)
    const table = new TableWriter({ maxBytes: MAX_BYTES, newKey: keys.newKey })
    const reader = publishOneByOne(table)
    expect(keys.taken).toBe(2)
    expect(indexOf(table)).toEqual({ slots: 1024, longestRun: expect.toSatisfy((n) => n < 40) })
    expect(labels.every((label) => find(reader, nameOf(label)) !== 0)).toBe(true)
    expect(table.stats().entries).toBe(300)
  })

  test('get an index of twice the size when three keys did not help', () => {
    const keys = keySequence(KEY, KEY, KEY, KEY, OTHER)
    const table = new TableWriter({ maxBytes: MAX_BYTES, newKey: keys.newKey })
    publishOneByOne(table)
    expect(keys.taken).toBe(5)
    expect(indexOf(table)).toEqual({ slots: 2048, longestRun: expect.toSatisfy((n) => n < 40) })
  })

  test('are answered even when no key helps, after a bounded number of keys', () => {
    const keys = keySequence(KEY)
    const table = new TableWriter({ maxBytes: MAX_BYTES, newKey: keys.newKey })
    const reader = publishOneByOne(table)
    expect(keys.taken).toBe(5)
    expect(indexOf(table)).toEqual({ slots: 2048, longestRun: 300 })
    expect(labels.every((label) => find(reader, nameOf(label)) !== 0)).toBe(true)
    for (const label of labels) table.replace(label, [])
    expect(table.stats().entries).toBe(0)
    expect(labels.some((label) => find(reader, nameOf(label)) !== 0)).toBe(false)
  })

  test('that replace others of the same owner leave no name behind', () => {
    const keys = keySequence(KEY, OTHER)
    const table = new TableWriter({ maxBytes: MAX_BYTES, newKey: keys.newKey })
    const reader = new TableReader(table.handle, 0)
    table.replace('web', named(['old', ...labels.slice(0, 10)]))
    table.replace('web', named(labels))
    expect(keys.taken).toBe(2)
    expect(find(reader, nameOf('old'))).toBe(0)
    expect(labels.every((label) => find(reader, nameOf(label)) !== 0)).toBe(true)
    expect(table.stats().entries).toBe(300)
    table.replace('web', [])
    expect(table.stats().entries).toBe(0)
  })
})
