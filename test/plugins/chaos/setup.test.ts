// The vectors are those of coredns plugin/chaos/setup_test.go.
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { version } from '../../../src/version.ts'
import { configOf } from '../../support/config.ts'

const setUp = (line: string) => configOf(`. {\n ${line}\n}\n`).blocks[0]!.directives[0]!

test.each([
  ['chaos v2', { version: 'v2', authors: ['The clusterset-dns authors'] }],
  ['chaos v3 "Miek Gieben"', { version: 'v3', authors: ['Miek Gieben'] }],
  ['chaos v3 a b a', { authors: ['a', 'b'] }],
  ['chaos', { version: `clusterset-dns-${version}`, hostname: hostname() }],
  [`chaos ${'x'.repeat(300)} ${'ä'.repeat(200)}`, { version: 'x'.repeat(255) }],
  [`chaos v ${'ä'.repeat(200)}`, { authors: ['ä'.repeat(127)] }],
  ['chaos v2\n chaos v3 {\n  unknown\n }', { version: 'v2' }],
])('%s', (line, expected) => {
  expect(setUp(line)).toMatchObject(expected)
})

test('rewrite in the block passes other classes on', () => {
  const { settings } = configOf('. {\n chaos\n rewrite class HS IN\n}\n').blocks[0]!
  expect(settings).toEqual({ servesOtherClasses: true, changesOtherClasses: true })
})

test('the block accepts other classes than IN', () => {
  expect(configOf('. {\n chaos\n}\n').blocks[0]!.settings.servesOtherClasses).toBe(true)
})
