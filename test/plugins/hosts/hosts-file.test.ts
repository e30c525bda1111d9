// When a hosts file is read again, and what stays when it cannot be read.
import { execFileSync } from 'node:child_process'
import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { HostsFile } from '../../../src/plugins/hosts/hosts-file.ts'
import { MapReader } from '../../../src/plugins/hosts/store/map-reader.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { DEFAULTS, hostsRig } from './hosts-rig.ts'

const A = ['a.test. 3600 IN A 10.0.0.1']

test('a file with another size or time is read again, and replaces all names', async () => {
  const { answer, change, file } = await hostsRig('10.0.0.1 a.test')
  expect(answer('a.test', 'A')).toEqual(A)
  for (let i = 2; i < 9; i++) {
    await change(`10.0.0.${i} b.test`)
    expect(answer('a.test', 'A')).toBe('SERVFAIL')
    expect(answer('b.test', 'A')).toEqual([`b.test. 3600 IN A 10.0.0.${i}`])
    expect(answer(`${i - 1}.0.0.10.in-addr.arpa`, 'PTR')).toBe('next')
  }
  expect(file.content?.entries).toBe(2)
})

test('a file with the same size and time is not', async () => {
  const { path, file, answer } = await hostsRig(undefined)
  await writeFile(path, '10.0.0.1 a.test')
  await utimes(path, 1, 1)
  await file.refresh()
  await writeFile(path, '10.0.0.2 a.test')
  await utimes(path, 1, 1)
  await file.refresh()
  expect(answer('a.test', 'A')).toEqual(A)
  expect(file.content?.fileTime).toBe(1)
})

test('a file that comes later is read then, without a line before: the setup has said it', async () => {
  const { path, file, answer, lines } = await hostsRig(undefined)
  expect(answer('a.test', 'A')).toBe('SERVFAIL')
  expect(lines).toEqual([])
  await writeFile(path, '10.0.0.1 a.test')
  await file.refresh()
  expect(answer('a.test', 'A')).toEqual(A)
})

test('a file that vanishes keeps its last content; one line says so, and one that it is back', async () => {
  const { path, file, answer, lines } = await hostsRig('10.0.0.1 a.test')
  await rename(path, `${path}.away`)
  await file.refresh()
  await file.refresh()
  expect(answer('a.test', 'A')).toEqual(A)
  await rename(`${path}.away`, path)
  await file.refresh()
  expect(lines.filter((line) => !line.startsWith('[DEBUG]'))).toEqual([
    `[WARNING] open ${path}: no such file or directory; the last content stays`,
    `[INFO] ${path} can be read again`,
  ])
})

test('a file that becomes a directory keeps its last content', async () => {
  const { path, file, answer, lines } = await hostsRig('10.0.0.1 a.test')
  await rm(path)
  await mkdir(path)
  await file.refresh()
  expect(answer('a.test', 'A')).toEqual(A)
  expect(lines.at(-1)).toBe(`[WARNING] ${path}: is a directory; the last content stays`)
})

test('a file in which no line has a name keeps the last content, with its first fault', async () => {
  const { path, change, answer, lines } = await hostsRig('10.0.0.1 a.test')
  await change('<html>\n<body>not found</body>')
  expect(answer('a.test', 'A')).toEqual(A)
  expect(lines.at(-1)).toBe(
    `[WARNING] ${path}:1:1: "<html>" is not an IP address; 2 lines have faults; no line has a name: the last content stays`,
  )
  await change('# empty on purpose')
  expect(answer('a.test', 'A')).toBe('SERVFAIL')
})

test('a line with a fault costs only itself', async () => {
  const { path, answer, lines } = await hostsRig('10.0.0.1 a.test\n||ads.test^\n')
  expect(answer('a.test', 'A')).toEqual(A)
  expect(lines.at(-1)).toBe(`[WARNING] ${path}:2:1: "||ads.test^" is not an IP address`)
})

test('a file that does not fit keeps the last content, and a smaller one is read', async () => {
  const { change, answer, lines } = await hostsRig('10.0.0.1 a.test', {}, { bytes: 2 ** 12 })
  await change(Array.from({ length: 100 }, (_, i) => `10.0.0.1 n${i}.test`).join('\n'))
  expect(answer('a.test', 'A')).toEqual(A)
  expect(lines.at(-1)).toMatch(/hosts table is full.*the last content stays/)
  await change('10.0.0.2 b.test')
  expect(answer('b.test', 'A')).toEqual(['b.test. 3600 IN A 10.0.0.2'])
})

test('what a thread reads stays until it has ended its read', async () => {
  const { file, change } = await hostsRig('10.0.0.1 a.test')
  const reader = new MapReader(file.table.handle, 7)
  const map = reader.enter()
  await change('10.0.0.2 a.test')
  const third = change('10.0.0.3 a.test')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(file.table.isFree).toBe(false)
  expect(reader.words[map]).toBeGreaterThan(0)
  // The thread has crashed: nobody else ends its read.
  file.table.releaseReader(7)
  await third
  expect(reader.enter()).not.toBe(0)
  reader.leave()
})

test('a stop ends the reading', async () => {
  const { path, file, answer } = await hostsRig(undefined)
  await writeFile(path, '10.0.0.1 a.test')
  file.stop()
  await file.refresh()
  expect(answer('a.test', 'A')).toBe('SERVFAIL')
})

test('a path that leads nowhere, and a pipe without a writer, are warnings', async () => {
  const { path } = await hostsRig('10.0.0.1 a.test')
  const lines: string[] = []
  execFileSync('mkfifo', [`${path}.pipe`])
  for (const one of [`${path}/x`, `${path}.pipe`]) {
    await new HostsFile({ ...DEFAULTS, path: one }, memoryLog(lines).log, 2 ** 12).open()
  }
  expect(lines).toEqual([
    `[WARNING] open ${path}/x: not a directory`,
    `[WARNING] ${path}.pipe: is not a regular file`,
  ])
})
