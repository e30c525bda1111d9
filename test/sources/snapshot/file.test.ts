// A snapshot in its file: what is written is read again, and a file that is not exactly that is not used.
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CodedError } from '../../../src/errors.ts'
import { formatAge } from '../../../src/sources/snapshot/age.ts'
import { checkSnapshotFile } from '../../../src/sources/snapshot/check.ts'
import type { SnapshotOrigin, StoreRecord } from '../../../src/sources/snapshot/format.ts'
import { readSnapshot, UnusableSnapshot } from '../../../src/sources/snapshot/read.ts'
import { removeLeftovers, writeSnapshot } from '../../../src/sources/snapshot/write.ts'
import { emptyStore, ORIGIN, putObjects, viewOf } from '../../support/snapshot-objects.ts'

const NOW = 1_700_000_000_000
const HOUR = 3_600_000

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshot-'))
  file = join(folder, 'objects')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function write(records: Iterable<StoreRecord>, confirmedAt = NOW): Promise<void> {
  await writeSnapshot({
    file,
    origin: ORIGIN,
    records,
    confirmedAt: () => confirmedAt,
    pause: async () => {},
  })
}

function read(origin: SnapshotOrigin = ORIGIN, maxAgeMs = 24 * HOUR, now = NOW) {
  const store = emptyStore()
  const result = readSnapshot({ file, origin, maxAgeMs, now }, (one) => store.restore(one))
  return { store, result }
}

/** Why the file is not used. */
function problem(...args: Parameters<typeof read>): string {
  try {
    read(...args)
    return ''
  } catch (error) {
    if (error instanceof UnusableSnapshot) return error.message
    throw error
  }
}

/** The file with another text, and a checksum that matches. */
function rewrite(change: (text: string) => string): void {
  const text = change(readFileSync(file, 'utf8').replace(/end .*\n$/, ''))
  const sum = createHash('sha256').update(text).digest('hex')
  writeFileSync(file, `${text}end ${text.split('\n').length - 2} ${sum}\n`)
}

async function filled(): Promise<void> {
  const store = emptyStore()
  putObjects(store)
  await write(store.records())
}

test('the leftovers of other processes are removed, and nothing that this one writes', async () => {
  const leftover = `${file}.0123456789abcdef.tmp`
  writeFileSync(leftover, 'of a process that was killed')
  const record = { kind: 'n', key: 'ns', text: '' } as const
  await writeSnapshot({
    file,
    origin: ORIGIN,
    records: [record],
    confirmedAt: () => NOW,
    pause: () => removeLeftovers(file),
  })
  expect(readdirSync(folder)).toEqual(['objects'])
})

describe('a snapshot', () => {
  test('has all objects of a store, and their room', async () => {
    const before = emptyStore()
    putObjects(before)
    await write(before.records())
    const { store, result } = read()
    expect(viewOf(store)).toEqual(viewOf(before))
    expect(result).toEqual({ records: 8, size: statSync(file).size, confirmedAt: NOW })
  })

  test('of version 1 has this text: another one needs another version', async () => {
    await filled()
    // Pods are in no order, so the checksum in the last line may be another one.
    const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n')
    const [lines, expected] = [linesOf(file), linesOf('test/fixtures/snapshot-1')]
    expect(lines.slice(0, -1).sort()).toEqual(expected.slice(0, -1).sort())
    expect(lines.at(-1)).toMatch(/^end 8 [0-9a-f]{64}$/)
    expect(expected.at(-1)).toMatch(/^end 8 [0-9a-f]{64}$/)
  })

  test('of more than a piece, and with an object that is larger than a piece, is read', async () => {
    const texts = [3_000_000, ...Array.from({ length: 30_000 }, (_, i) => i % 200)]
    const records = texts.map((length, i) => {
      return { kind: 'n', key: `n${i}`, text: 'ä'.repeat(length) } as const
    })
    await write(records)
    const found: StoreRecord[] = []
    const options = { file, origin: ORIGIN, maxAgeMs: 0, now: NOW }
    expect(readSnapshot(options, (one) => found.push(one))?.records).toBe(records.length)
    expect(found).toEqual(records)
  })

  test('is for its owner only', async () => {
    await filled()
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('has no object whose key would break the lines', async () => {
    const keys = ['a\nb', 'a b', 'a\0', 'c']
    await write(keys.map((key) => ({ kind: 'n', key, text: '' })))
    expect([...read().store.namespaces()]).toEqual(['c'])
  })

  test('replaces the one before, and leaves nothing beside it', async () => {
    await filled()
    await write([{ kind: 'n', key: 'other', text: '' }])
    expect([...read().store.namespaces()]).toEqual(['other'])
    expect(readdirSync(folder)).toEqual(['objects'])
  })

  test('that cannot be written in full leaves the one before, and nothing beside it', async () => {
    await filled()
    const before = readFileSync(file)
    function* failing(): Iterable<StoreRecord> {
      yield { kind: 'n', key: 'a', text: '' }
      throw new Error('ENOSPC: no space left on device, write')
    }
    await expect(write(failing())).rejects.toThrow('ENOSPC')
    expect([readFileSync(file), readdirSync(folder)]).toEqual([before, ['objects']])
  })
})

describe('a file is not used', () => {
  test('that is absent', () => {
    expect(read().result).toBeUndefined()
  })

  test.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['that is empty', () => Buffer.alloc(0), /not a snapshot/],
    ['that is something else', () => Buffer.from('a: 1\n'), /not a snapshot/],
    ['that is JSON of something else', () => Buffer.from('{"version":1}\n'), /not a snapshot/],
    ['without a line', () => Buffer.alloc(100_000, 'a'), /not a snapshot/],
    ['that is written in part', (bytes) => bytes.subarray(0, -1), /written in part/],
    ['with its first half', (bytes) => bytes.subarray(0, bytes.length / 2), /written in part/],
    ['with more behind its end', (bytes) => Buffer.concat([bytes, bytes]), /checksum/],
    ['with zeros at its end', (bytes) => bytes.fill(0, bytes.length - 50), /written in part/],
  ])('%s', async (_, change, expected) => {
    await filled()
    writeFileSync(file, change(readFileSync(file)))
    utimesSync(file, NOW / 1000, NOW / 1000)
    expect(problem()).toMatch(expected)
  })

  test('with one changed bit, wherever it is', async () => {
    await filled()
    const bytes = readFileSync(file)
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      writeFileSync(file, changed)
      utimesSync(file, NOW / 1000, NOW / 1000)
      expect(problem(), `byte ${at}`).not.toBe('')
    }
  })

  test.each<[string, (text: string) => string, RegExp]>([
    ['of another version', (text) => text.replace('"version":1', '"version":2'), /version 2/],
    ['with an unknown kind of object', (text) => `${text}x ns/a b\n`, /no object/],
    ['with a line without a key', (text) => `${text}i\n`, /no object/],
  ])('%s', async (_, change, expected) => {
    await filled()
    rewrite(change)
    utimesSync(file, NOW / 1000, NOW / 1000)
    expect(problem()).toMatch(expected)
  })

  test.each<[string, Partial<SnapshotOrigin>, RegExp]>([
    ['another cluster', { cluster: 'https://10.96.0.1:443 with CA 1' }, /another cluster, https/],
    ['other labels', { labels: '' }, /other labels/],
    ['other objects', { reads: { ...ORIGIN.reads, pods: false } }, /other options/],
  ])('of %s', async (_, change, expected) => {
    await filled()
    expect(problem({ ...ORIGIN, ...change })).toMatch(expected)
  })

  test.each<[string, number, number, RegExp]>([
    [
      'is older than the greatest age',
      25 * HOUR,
      24 * HOUR,
      /is 1d1h old, and used up to an age of 1d/,
    ],
    ['is from the future: the clock was wrong', -2 * HOUR, 24 * HOUR, /2h in the future/],
    ['is used as old as the greatest age', 24 * HOUR, 24 * HOUR, /^$/],
    ['is used with a small difference of clocks', -50_000, 24 * HOUR, /^$/],
    ['is used at any age without the greatest age', 9999 * HOUR, 0, /^$/],
    ['is used from the future without the greatest age', -9999 * HOUR, 0, /^$/],
  ])('by its age: %s', async (_, age, maxAge, expected) => {
    await filled()
    expect(problem(ORIGIN, maxAge, NOW + age)).toMatch(expected)
  })

  test('that is no regular file', () => {
    mkdirSync(file)
    expect(problem()).toMatch(/not a regular file/)
  })
})

describe('the place of a snapshot', () => {
  test.each<[string, () => string, RegExp | undefined]>([
    ['may have no file yet', () => file, undefined],
    ['has no folder', () => join(folder, 'none', 'objects'), /the folder .*none cannot be written/],
    ['is a file', () => join(import.meta.filename, 'objects'), /ENOTDIR|not a folder/],
    ['is a folder itself', () => folder, /not a regular file/],
    ['names a folder that does not exist', () => `${file}/`, /not the name of a file/],
    ['is in a folder that does not exist', () => `${file}/.`, /the folder .*objects cannot be/],
    ['is empty', () => '', /not the name of a file/],
    ['has a name as long as a file may have', () => longest(''), /ENAMETOOLONG/],
    ['has the longest name', () => longest('.0123456789abcdef.tmp'), undefined],
    ['has a name that is too long', () => `${longest('')}a`, /ENAMETOOLONG/],
    ['is a loop of links', loop, /this name cannot be used: ELOOP/],
  ])('that %s', (_, place, expected) => {
    expect(placeProblem(place())).toMatch(expected ?? /^$/)
  })

  test('is cleaned of what a killed process left, and of nothing else', async () => {
    const left = `objects.${'0a'.repeat(8)}.tmp`
    const others = ['objects', 'objects.tmp', 'objects.old', `other.${'0a'.repeat(8)}.tmp`]
    for (const name of [left, ...others]) writeFileSync(join(folder, name), '')
    await removeLeftovers(file)
    expect(readdirSync(folder).sort()).toEqual(others.sort())
  })

  test('may be a link to another folder', async () => {
    symlinkSync(folder, join(folder, 'link'))
    file = join(folder, 'link', 'objects')
    await filled()
    expect(read().result?.records).toBe(8)
  })
})

/** The file whose name and `end` have 255 bytes. */
function longest(end: string): string {
  return join(folder, 'a'.repeat(255 - end.length))
}

function loop(): string {
  symlinkSync(file, file)
  return file
}

/** Why a snapshot cannot be there; '' when it can. */
function placeProblem(place: string): string {
  try {
    checkSnapshotFile(place)
    return ''
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    expect(error.code).toBe('SNAPSHOT')
    return error.message
  }
}

test.each([
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [61_000, '1m1s'],
  [3 * HOUR + 20 * 60_000, '3h20m'],
  [75 * HOUR, '3d3h'],
  [-5, '0s'],
])('an age of %d ms is shown as %s', (ms, shown) => {
  expect(formatAge(ms)).toBe(shown)
})
