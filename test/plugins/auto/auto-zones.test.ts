// Zones that come and go with the files of a directory. The first vectors are those of coredns plugin/auto/walk_test.go and
// watcher_test.go.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AutoZones } from '../../../src/plugins/auto/auto-zones.ts'
import { expandable } from '../../../src/plugins/auto/zone-name.ts'
import { ZoneReader } from '../../../src/zonefile/store.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'
import { askZone, keyOf } from '../../zonefile/zone-of.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auto-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const zone = (serial = 1, address = '10.0.0.1') =>
  `@ 60 IN SOA ns admin ${serial} 1 1 1 1\nwww A ${address}\n`
const write = (name: string, text = zone()) => writeFile(join(folder, name), text)

/** The zones of a directory, whose timers run by hand. */
async function opened(directory = folder) {
  const lines: string[] = []
  const timers: (() => void)[] = []
  let changes = 0
  const after = (_ms: number, run: () => void) => {
    timers.push(run)
    return () => {}
  }
  const config = {
    plugin: 'auto',
    origins: ['.'],
    directory,
    pattern: 'db\\.(.*)',
    template: expandable('{1}'),
    reloadMs: 1000,
  } as const
  const zones = new AutoZones(config, memoryLog(lines).log, after, () => {
    changes++
  })
  await zones.look()
  const reader = new ZoneReader(zones.handle)
  return {
    zones,
    lines,
    changes: () => changes,
    timers,
    /** The address of www in a zone, its rcode, or "no zone". */
    async www(origin: string) {
      const found = reader.find([keyOf(`${origin}.`)])
      if (found === undefined) return 'no zone'
      const { rcode, answers } = await askZone(found, { name: `www.${origin}.`, type: 'A' })
      return answers[0]?.data.join('.') ?? rcode
    },
  }
}

test('upstream: each file that matches is a zone', async () => {
  await write('db.example.org')
  await write('db.example.com')
  await write('aa.example.net')
  const { www, lines } = await opened()
  expect([await www('example.org'), await www('example.com'), await www('example.net')]).toEqual([
    '10.0.0.1',
    '10.0.0.1',
    'no zone',
  ])
  expect(lines).toEqual([
    `[INFO] Inserting zone \`example.com.' from: ${folder}/db.example.com`,
    `[INFO] Inserting zone \`example.org.' from: ${folder}/db.example.org`,
  ])
})

test('upstream: the directory may be a link, and directories in it are looked at', async () => {
  await mkdir(join(folder, 'real/more'), { recursive: true })
  await write('real/more/db.a')
  await symlink(join(folder, 'real'), join(folder, 'link'))
  const { www } = await opened(join(folder, 'link'))
  expect(await www('a')).toBe('10.0.0.1')
})

test('upstream: a directory that does not exist is a warning, once', async () => {
  const { zones, lines } = await opened(join(folder, 'none'))
  await zones.look()
  expect(lines).toEqual([expect.stringMatching(/^\[WARNING\] error reading .*none: /)])
})

test('upstream: zones come and go with their files', async () => {
  await write('db.a')
  const { zones, www, changes, lines } = await opened()
  await write('db.b')
  await rm(join(folder, 'db.a'))
  await zones.look()
  expect([await www('a'), await www('b')]).toEqual(['no zone', '10.0.0.1'])
  expect(lines.slice(1)).toEqual([
    `[INFO] Inserting zone \`b.' from: ${folder}/db.b`,
    "[INFO] Deleting zone `a.'",
  ])
  expect(changes()).toBe(2)
  await zones.look()
  expect(changes()).toBe(2)
})

test('of several files for a zone the first one counts, with a warning', async () => {
  await mkdir(join(folder, '1'))
  await write('1/db.a', zone(1, '10.0.0.9'))
  await write('db.a')
  const { zones, www, lines } = await opened()
  expect(await www('a')).toBe('10.0.0.9')
  await zones.look()
  expect(lines.filter((line) => line.startsWith('[WARNING]'))).toEqual([
    `[WARNING] Multiple zone files match origin "a.": using "${folder}/1/db.a" instead of "${folder}/db.a"`,
  ])
})

test('a new file that is broken is a warning with its place, and its zone comes when it is mended', async () => {
  await write('db.a', 'www 60 A x\n')
  const { zones, www, lines } = await opened()
  expect(await www('a')).toBe('no zone')
  expect(lines).toEqual([
    expect.stringMatching(
      /^\[WARNING\] Parse zone `a\.': failed to parse file ".*" for origin a\. with error .*db\.a: dns: bad A A: "x" at line: 1:\d+$/,
    ),
  ])
  await write('db.a')
  await zones.look()
  expect(await www('a')).toBe('10.0.0.1')
})

test('a zone whose file breaks keeps its content', async () => {
  await write('db.a')
  const { zones, www, timers, lines } = await opened()
  zones.start()
  await write('db.a', 'www 60 A x\n')
  for (const run of timers.splice(0)) run()
  await waitFor('both looks', () => timers.length === 2)
  expect(await www('a')).toBe('10.0.0.1')
  expect(lines.at(-1)).toMatch(/^\[ERROR\] Parsing zone "a\.": /)
  zones.stop()
})
