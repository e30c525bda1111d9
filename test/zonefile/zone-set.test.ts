// Zones and their files: what is served at start, after a change, and while a file is missing or broken.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ZoneReader } from '../../src/zonefile/store.ts'
import { ZoneSet } from '../../src/zonefile/zone-set.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'
import { askZone, keyOf } from './zone-of.ts'

const text = (serial: number, address: string) =>
  `@ 60 IN SOA ns admin ${serial} 1 1 1 1\na A ${address}\n`

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zones-'))
  path = join(folder, 'db')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** A set of one zone, whose timer runs by hand. */
async function opened({ byTime = false, before = [] as readonly ZoneSet[] } = {}) {
  const lines: string[] = []
  const timers: (() => void)[] = []
  let changes = 0
  const after = (_ms: number, run: () => void) => {
    timers.push(run)
    return () => {}
  }
  const set = new ZoneSet(memoryLog(lines).log, after, () => {
    changes++
  })
  await set.add({ origin: 'o.', path, byTime }, 1000, before)
  set.publish()
  set.start()
  const reader = new ZoneReader(set.handle)
  return {
    set,
    lines,
    changes: () => changes,
    async look() {
      timers.shift()!()
      await waitFor('the end of the look', () => timers.length > 0)
    },
    async address() {
      const { rcode, answers } = await askZone(reader.find([keyOf('o.')])!, {
        name: 'a.o.',
        type: 'A',
      })
      return answers[0]?.data.join('.') ?? rcode
    },
  }
}

/** A file with another content, also for a clock with a coarse grain. */
async function write(content: string) {
  await writeFile(`${path}.new`, content)
  await rename(`${path}.new`, path)
}

test('a zone is there at once, and changes with its serial only', async () => {
  await write(text(1, '10.0.0.1'))
  const { address, look, lines, changes } = await opened()
  expect(await address()).toBe('10.0.0.1')
  await write(text(1, '10.0.0.2'))
  await look()
  expect(await address()).toBe('10.0.0.1')
  await write(text(0, '10.0.0.3'))
  await look()
  expect(await address()).toBe('10.0.0.3')
  expect(changes()).toBe(1)
  expect(lines).toEqual([`[INFO] Successfully reloaded zone "o." in "${path}" with 0 SOA serial`])
})

test('by time it changes without a serial', async () => {
  await write(text(1, '10.0.0.1'))
  const { address, look } = await opened({ byTime: true })
  await write(text(1, '10.0.0.2'))
  await look()
  expect(await address()).toBe('10.0.0.2')
})

test('a zone whose file is missing is SERVFAIL until it is there', async () => {
  const { address, look } = await opened()
  expect(await address()).toBe('SERVFAIL')
  await write(text(1, '10.0.0.1'))
  await look()
  expect(await address()).toBe('10.0.0.1')
})

describe('the last good content stays', () => {
  test.each([
    [
      'while the file is broken',
      text(2, '10.0.0.x'),
      /^\[ERROR\] Parsing zone "o\.": failed to parse file ".*" for origin o\. with error .*: dns: bad A A: "10\.0\.0\.x" at line: 2:12$/,
    ],
    [
      'while the file has no SOA',
      'a 60 A 10.0.0.2\n',
      /^\[ERROR\] Parsing zone "o\.": file ".*" has no SOA record for origin o\.$/,
    ],
    [
      'while the file is missing',
      undefined,
      /^\[ERROR\] Failed to open zone "o\." in ".*": open .*: no such file or directory$/,
    ],
  ])('%s, and the log says so once', async (_, content, line) => {
    await write(text(1, '10.0.0.1'))
    const { address, look, lines } = await opened()
    if (content === undefined) await rm(path)
    else await write(content)
    await look()
    await look()
    expect(await address()).toBe('10.0.0.1')
    expect(lines).toEqual([expect.stringMatching(line)])
    await write(text(3, '10.0.0.3'))
    await look()
    expect(await address()).toBe('10.0.0.3')
  })

  test('when a Corefile is reloaded without the file', async () => {
    await write(text(1, '10.0.0.1'))
    const { set } = await opened()
    await rm(path)
    const { address } = await opened({ before: [set] })
    expect(await address()).toBe('10.0.0.1')
  })
})

test('a broken file is an error at first', async () => {
  await write('x')
  await expect(opened()).rejects.toThrow('failed to parse file')
})
