// Durations, addresses, CIDR notation, carets, globs, and texts of Go.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caretLines } from '../../src/corefile/caret.ts'
import { normalizedName } from '../../src/corefile/domain-name.ts'
import { formatDuration, parseDuration } from '../../src/corefile/duration.ts'
import { realFiles } from '../../src/corefile/files.ts'
import { glob } from '../../src/corefile/glob.ts'
import { atoi, quote, splitAddress } from '../../src/corefile/go-text.ts'
import { canonicalAddress } from '../../src/corefile/listen.ts'
import { reverseZones } from '../../src/corefile/reverse-zone.ts'
import { fakeFiles } from './fake-files.ts'

describe('durations', () => {
  test.each([
    ['0', 0],
    ['5s', 5000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['1.s', 1000],
    ['-2ms', -2],
    ['+1us', 0.001],
    ['1µs1μs', 0.002],
    ['1m1m', 120_000],
  ])('%s is parsed', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, ms })
  })

  test.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['s', 'time: invalid duration "s"'],
    ['.s', 'time: invalid duration ".s"'],
    ['5', 'time: missing unit in duration "5"'],
    ['1s5', 'time: missing unit in duration "1s5"'],
    ['5d', 'time: unknown unit "d" in duration "5d"'],
    ['5constructor', 'time: unknown unit "constructor" in duration "5constructor"'],
    ['5é', 'time: unknown unit "\\xc3\\xa9" in duration "5\\xc3\\xa9"'],
    ['9999999999h', 'time: invalid duration "9999999999h"'],
  ])('%j is an error', (text, message) => {
    expect(parseDuration(text)).toEqual({ ok: false, message })
  })

  test.each([
    [0, '0s'],
    [90_000, '1m30s'],
    [5000, '5s'],
    [1500, '1.5s'],
    [250, '250ms'],
    [3_600_000, '1h0m0s'],
    [0.0015, '1.5µs'],
    [0.0005, '500ns'],
    [-1000, '-1s'],
  ])('%d ms is formatted as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('property: parsing reverses formatting', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, ms })
      }),
    )
  })
})

test('property: reverse zones cover their network', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), (address, prefix) => {
      const zones = reverseZones(`${address}/${prefix}`)!
      expect(new Set(zones).size).toBe(2 ** ((8 - (prefix % 8)) % 8))
      for (const zone of zones) expect(zone.split('.').length).toBe(Math.ceil(prefix / 8) + 3)
      const labels = address
        .split('.')
        .slice(0, Math.ceil(prefix / 8))
        .reverse()
      expect(zones).toContain(`${labels.map(Number).join('.')}.in-addr.arpa.`)
    }),
  )
})

test.each([
  ['2001:db8::/31', '8.b.d.0.1.0.0.2.ip6.arpa.', 2],
  ['2001:db8::/32', '8.b.d.0.1.0.0.2.ip6.arpa.', 1],
  ['2001:db8::/0', 'ip6.arpa.', 1],
])('%s has the zone %s', (text, zone, count) => {
  expect(reverseZones(text)).toContain(zone)
  expect(reverseZones(text)).toHaveLength(count)
})

test.each(['10.0.0.0', '10.0.0/8', '10.0.0.0/33', '010.0.0.0/8', 'fe80::1%lo/64', '::/129', '/8'])(
  '%s is not CIDR notation',
  (text) => {
    expect(reverseZones(text)).toBeUndefined()
  },
)

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['FE80::0001%eth0', 'fe80::1%eth0'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['', ''],
])('the canonical form of %j is %j', (address, canonical) => {
  expect(canonicalAddress(address)).toBe(canonical)
})

test.each([
  [':53', { host: '', port: '53' }],
  ['[::1]:53', { host: '::1', port: '53' }],
  ['a:', { host: 'a', port: '' }],
])('%s is split into host and port', (text, value) => {
  expect(splitAddress(text)).toEqual({ ok: true, value })
})

test('numbers are parsed and texts are quoted as in Go', () => {
  expect(atoi('+07')).toEqual({ ok: true, value: 7 })
  expect(atoi('1_0')).toMatchObject({ message: 'strconv.Atoi: parsing "1_0": invalid syntax' })
  expect(quote('a"\n\x01\u00a0\u{e0001}é')).toBe('"a\\"\\n\\x01\\u00a0\\U000e0001é"')
})

test('a caret is under its column, after the same tabs, and passwords of URLs are hidden', () => {
  const at = { file: 'Corefile', line: 2, column: 4 }
  expect(caretLines(at, '. {\r\n\t é😀\r\n}')).toEqual(['\t é😀', '\t  ^'])
  const line = 'tls https://me:secret@host x'
  const shown = 'tls https://[hidden]@host x'
  expect(caretLines({ ...at, line: 1, column: 28 }, line)).toEqual([shown, `${' '.repeat(26)}^`])
  expect(caretLines({ ...at, line: 1, column: 5 }, line)).toEqual([shown, '    ^'])
  expect(caretLines({ ...at, line: 9 }, '. {')).toEqual([])
  expect(caretLines({ ...at, line: 0, column: 0 }, '. {')).toEqual([])
})

test('a long name of backslashes is normalized in linear time', () => {
  const name = '\\'.repeat(100_000)
  expect(normalizedName(`${name}.`)).toBe(`${name}.`)
  expect(normalizedName(`\\${name}.`)).toBe(`\\${name}..`)
})

describe('globs', () => {
  const files = fakeFiles({ '/d/b.x': '', '/d/a.x': '', '/d/.x': '', '/e/a*': '', '/e/ab': '' })

  test.each([
    ['/d/*.x', ['/d/.x', '/d/a.x', '/d/b.x']],
    ['/d/?.x', ['/d/a.x', '/d/b.x']],
    ['/*/a.x', ['/d/a.x']],
    ['/e/a\\*', ['/e/a*']],
    ['/d/a.x', ['/d/a.x']],
    ['/d/c.x', []],
    ['/none/*', []],
  ])('%s', (pattern, expected) => {
    expect(glob(pattern, files)).toEqual(expected)
  })

  test('of real files include dangling links', () => {
    const folder = mkdtempSync(join(tmpdir(), 'glob-'))
    try {
      mkdirSync(join(folder, 'd'))
      writeFileSync(join(folder, 'd', 'a'), 'text')
      symlinkSync('nowhere', join(folder, 'd', 'b'))
      expect(glob(`${folder}/d/*`, realFiles)).toEqual([`${folder}/d/a`, `${folder}/d/b`])
      expect(realFiles.read(`${folder}/d/a`)).toBe('text')
      expect(() => realFiles.read(`${folder}/d/b`)).toThrow(
        `open ${folder}/d/b: no such file or directory`,
      )
      expect(realFiles.exists(`${folder}/c`)).toBe(false)
      expect(realFiles.list(`${folder}/c`)).toEqual([])
      expect(realFiles.isDirectory(`${folder}/d`)).toBe(true)
      expect(realFiles.isDirectory(`${folder}/d/a/x`)).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
