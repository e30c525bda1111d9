// What `cache` reads from a Corefile. The vectors are those of coredns plugin/cache/setup_test.go.
import { describe, expect, test } from 'vitest'
import { describeCache } from '../../../src/plugins/cache/describe.ts'
import { configOf } from './cache-rig.ts'

const block = (...lines: readonly string[]) => `cache {\n${lines.join('\n')}\n}`

function errorOf(text: string): string {
  try {
    configOf(text)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

test('the defaults are those of CoreDNS', () => {
  const { config, warnings } = configOf('cache', ['example.org.'])
  expect(warnings).toEqual([])
  expect(config).toEqual({
    plugin: 'cache',
    zones: ['example.org.'],
    everyName: true,
    success: { capacity: 9984, maxTtl: 3600, minTtl: 5, except: [] },
    denial: { capacity: 9984, maxTtl: 1800, minTtl: 5, except: [] },
    failureTtl: 5,
    keepTtl: false,
  })
})

test.each([
  ['cache', 9984, 3600, 5, 9984, 1800, 5],
  ['cache {}', 9984, 3600, 5, 9984, 1800, 5],
  ['cache 30', 9984, 30, 5, 9984, 30, 5],
  ['cache example.nl {\n success 10\n }', 1024, 3600, 5, 9984, 1800, 5],
  ['cache example.nl {\n success 10 1800 30\n }', 1024, 1800, 30, 9984, 1800, 5],
  ['cache example.nl {\n success 10\n denial 10 15\n }', 1024, 3600, 5, 1024, 15, 5],
  ['cache example.nl {\n success 10\n denial 10 15 2\n }', 1024, 3600, 5, 1024, 15, 2],
  ['cache 25 example.nl {\n success 10\n denial 10 15\n }', 1024, 25, 5, 1024, 15, 5],
  ['cache 25 example.nl {\n success 10\n denial 10 15 5\n }', 1024, 25, 5, 1024, 15, 5],
  ['cache aaa example.nl', 9984, 3600, 5, 9984, 1800, 5],
  ['cache {\n success 10000\n denial 1279\n }', 9984, 3600, 5, 1024, 1800, 5],
  ['cache {\n success -7\n denial 5000 60 0\n }', 1024, 3600, 5, 4864, 60, 0],
])('%j', (text, ...expected) => {
  const { success, denial } = configOf(text).config
  expect([
    success.capacity,
    success.maxTtl,
    success.minTtl,
    denial.capacity,
    denial.maxTtl,
    denial.minTtl,
  ]).toEqual(expected)
})

test.each([
  ['cache', ['.'], true],
  ['cache 30 example.nl', ['example.nl.'], false],
  ['cache aaa example.nl', ['aaa.', 'example.nl.'], false],
  ['cache 10.0.0.0/8', ['10.in-addr.arpa.'], false],
  ['cache .', ['.'], true],
])('%j is for %j', (text, zones, everyName) => {
  expect(configOf(text).config).toMatchObject({ zones, everyName })
})

describe('prefetch', () => {
  test.each([
    ['prefetch 10', { amount: 10, pauseMs: 60_000, percentage: 10 }],
    ['prefetch 5 10m 20%', { amount: 5, pauseMs: 600_000, percentage: 20 }],
    ['prefetch 0', undefined],
  ])('%s', (line, prefetch) => {
    expect(configOf(block(line)).config.prefetch).toEqual(prefetch)
  })
})

describe('serve_stale', () => {
  const HOUR = 3600
  const stale = (seconds: number, more = {}) => ({
    seconds,
    verify: false,
    timeoutMs: 0,
    ttl: 0,
    recheckMs: 0,
    preferPositive: false,
    ...more,
  })
  test.each([
    ['serve_stale', stale(HOUR)],
    ['serve_stale 20m', stale(1200)],
    ['serve_stale 1h20m', stale(4800)],
    ['serve_stale 0m', undefined],
    ['serve_stale 0', undefined],
    ['serve_stale 0 verify', undefined],
    ['serve_stale 0 immediate', undefined],
    ['serve_stale 0 VERIFY', undefined],
    ['serve_stale 1h immediate 30s', stale(HOUR, { ttl: 30 })],
    ['serve_stale 1h immediate 30s 30s', stale(HOUR, { ttl: 30, recheckMs: 30_000 })],
    ['serve_stale 1h immediate 4294967295s', stale(HOUR, { ttl: 4_294_967_295 })],
    ['serve_stale 1h immediate 0', stale(HOUR)],
    ['serve_stale 1h immediate 0 0', stale(HOUR)],
    ['serve_stale 1h verify 100ms', stale(HOUR, { verify: true, timeoutMs: 100 })],
    ['serve_stale 1h verify 100ms 30s', stale(HOUR, { verify: true, timeoutMs: 100, ttl: 30 })],
    [
      'serve_stale 1h verify 100ms 30s 250ms',
      stale(HOUR, { verify: true, timeoutMs: 100, ttl: 30, recheckMs: 250 }),
    ],
    ['serve_stale 1h verify 0', stale(HOUR, { verify: true })],
    ['serve_stale 1h verify 0 1m', stale(HOUR, { verify: true, ttl: 60 })],
    ['serve_stale 1h verify 0 0 5m', stale(HOUR, { verify: true, recheckMs: 300_000 })],
    ['serve_stale 1h VERIFY 250ms', stale(HOUR, { verify: true, timeoutMs: 250 })],
    ['serve_stale\nserve_stale_policy prefer_positive', stale(HOUR, { preferPositive: true })],
    ['serve_stale_policy PREFER_POSITIVE\nserve_stale', stale(HOUR, { preferPositive: true })],
  ])('%j', (lines, expected) => {
    expect(configOf(block(lines)).config.stale).toEqual(expected)
  })
})

test.each([
  ['servfail 1s', 1],
  ['servfail 5m', 300],
  ['servfail 0s', 0],
  ['servfail 0', 0],
  ['servfail 900ms', 0],
])('%s caches failures for %i s', (line, failureTtl) => {
  expect(configOf(block(line)).config.failureTtl).toBe(failureTtl)
})

test.each([
  ['disable denial example.com example.org', [], ['example.com.', 'example.org.']],
  ['disable success example.com example.org', ['example.com.', 'example.org.'], []],
  ['disable denial', [], ['.']],
  ['disable success', ['.'], []],
  ['disable denial example.com\ndisable success Example.ORG', ['example.org.'], ['example.com.']],
])('%j', (lines, success, denial) => {
  const { config } = configOf(block(lines))
  expect([config.success.except, config.denial.except]).toEqual([success, denial])
})

test('keepttl', () => {
  expect(configOf(block('keepttl')).config.keepTtl).toBe(true)
})

const argument = (word: string) => `Wrong argument count or unexpected line ending after '${word}'`

test.each([
  ['cache example.nl {\n success\n denial 10 15\n }', argument('success')],
  [block('success 15', 'denial aaa'), 'strconv.Atoi: parsing "aaa": invalid syntax'],
  [block('positive 15'), argument('positive')],
  ['cache 0 example.nl', 'cache TTL can not be zero or negative: 0'],
  ['cache -1 example.nl', 'cache TTL can not be zero or negative: -1'],
  [block('success 10 0'), 'cache TTL can not be zero or negative: 0'],
  [block('denial 10 -5'), 'cache TTL can not be zero or negative: -5'],
  [block('success 10 10 -1'), 'cache min TTL can not be negative: -1'],
  [block('denial 10 10 x'), 'strconv.Atoi: parsing "x": invalid syntax'],
  [block('prefetch'), argument('prefetch')],
  [block('prefetch 1 1m 10% x'), argument('x')],
  [block('prefetch -1'), 'prefetch amount should be positive: -1'],
  [block('prefetch 0 blurp'), 'time: invalid duration "blurp"'],
  [block('prefetch 1 1m 10'), "last character of percentage should be `%`, but is: '0'"],
  [block('prefetch 1 1m 9%'), 'percentage should fall in range [10, 90]: 9'],
  [block('prefetch 1 1m 91%'), 'percentage should fall in range [10, 90]: 91'],
  [block('prefetch 1 1m x%'), 'strconv.Atoi: parsing "x": invalid syntax'],
  [block('serve_stale 20'), 'time: missing unit in duration "20"'],
  [block('serve_stale -20m'), 'invalid negative duration for serve_stale'],
  [block('serve_stale aa'), 'time: invalid duration "aa"'],
  [block('serve_stale 1m nono'), 'invalid value for serve_stale refresh mode: nono'],
  [block('serve_stale 0 after nono'), 'invalid value for serve_stale refresh mode: after'],
  [
    block('serve_stale 1h immediate 100ms'),
    'serve_stale response TTL must be a whole number of seconds',
  ],
  [
    block('serve_stale 1h immediate 4294967296s'),
    'serve_stale response TTL exceeds the DNS TTL range',
  ],
  [block('serve_stale 1h immediate -1s'), 'invalid negative response TTL for serve_stale'],
  [
    block('serve_stale 1h immediate garbage'),
    'invalid serve_stale response TTL: time: invalid duration "garbage"',
  ],
  [
    block('serve_stale 1h immediate 30s extra'),
    'invalid serve_stale failure recheck: time: invalid duration "extra"',
  ],
  [block('serve_stale 1h immediate 30s 30s extra'), argument('extra')],
  [block('serve_stale 1h immediate 30s -1s'), 'invalid negative failure recheck for serve_stale'],
  [
    block('serve_stale 1h immediate 30s 5m1s'),
    'serve_stale failure recheck cannot exceed 5 minutes',
  ],
  [block('serve_stale 1h verify -1ms'), 'invalid negative timeout for serve_stale verify'],
  [
    block('serve_stale 1h verify garbage'),
    'invalid serve_stale verify timeout: time: invalid duration "garbage"',
  ],
  [
    block('serve_stale 1h verify 100ms 500ms'),
    'serve_stale response TTL must be a whole number of seconds',
  ],
  [block('serve_stale 1h verify 100ms -1s'), 'invalid negative response TTL for serve_stale'],
  [
    block('serve_stale 1h verify 100ms garbage'),
    'invalid serve_stale response TTL: time: invalid duration "garbage"',
  ],
  [
    block('serve_stale 1h verify 100ms 30s extra'),
    'invalid serve_stale failure recheck: time: invalid duration "extra"',
  ],
  [
    block('serve_stale 1h verify 100ms 30s -1s'),
    'invalid negative failure recheck for serve_stale',
  ],
  [block('serve_stale 1h verify 100ms 30s 30s extra'), argument('extra')],
  [block('serve_stale_policy prefer_positive'), 'serve_stale_policy requires serve_stale'],
  [block('serve_stale', 'serve_stale_policy'), argument('serve_stale_policy')],
  [block('serve_stale', 'serve_stale_policy prefer_positive extra'), argument('extra')],
  [block('serve_stale', 'serve_stale_policy invalid'), 'invalid serve_stale_policy: invalid'],
  [
    block(
      'serve_stale',
      'serve_stale_policy prefer_positive',
      'serve_stale_policy prefer_positive',
    ),
    'serve_stale_policy can only be specified once',
  ],
  [block('servfail'), argument('servfail')],
  [block('servfail 6m'), 'caching SERVFAIL responses over 5 minutes is not permitted'],
  [block('servfail 20'), 'time: missing unit in duration "20"'],
  [block('servfail -1s'), 'invalid negative ttl for servfail'],
  [block('servfail aa'), 'time: invalid duration "aa"'],
  [block('servfail 1m invalid'), argument('invalid')],
  [block('disable'), argument('disable')],
  [
    block('disable invalid example.com example.org'),
    'cache type for disable must be "success" or "denial"',
  ],
  [block('disable success a..b'), 'invalid disabled zone: a..b'],
  [block('keepttl arg1'), argument('arg1')],
  ['cache\ncache', 'this plugin can only be used once per Server Block'],
])('%j is refused', (text, message) => {
  expect(errorOf(text)).toContain(message)
})

test('more entries than the memory of a store can have are a warning', () => {
  const { config, warnings } = configOf(block('success 100000000'))
  expect(config.success.capacity).toBe(4_194_304)
  expect(warnings).toEqual(['success 100000000: this server keeps at most 4194304 entries'])
})

test('arguments that CoreDNS ignores are a warning', () => {
  expect(configOf(block('denial 10 20 5 7')).warnings).toEqual(['denial: left out: 7'])
})

test.each([
  [
    'cache 30',
    'caches 9984 answers for 5 s to 30 s; 9984 denials for 5 s to 30 s; failures for 5 s',
  ],
  [
    block('prefetch 3 2m 20%', 'servfail 0', 'keepttl', 'disable success a.test'),
    'caches 9984 answers for 5 s to 3600 s, but not for a.test.; 9984 denials for 5 s to 1800 s; ' +
      'no failures; after 3 hits with pauses up to 2m0s, renews what has 20% of its TTL left; ' +
      'keeps the TTL in answers',
  ],
  [
    block('serve_stale 1h verify 100ms', 'serve_stale_policy prefer_positive'),
    'caches 9984 answers for 5 s to 3600 s; 9984 denials for 5 s to 1800 s; failures for 5 s; ' +
      'answers from what expired up to 1h0m0s ago if the upstream has no answer within 100ms, ' +
      'rather than a denial',
  ],
  [
    block('serve_stale 10m immediate 30s 1m'),
    'caches 9984 answers for 5 s to 3600 s; 9984 denials for 5 s to 1800 s; failures for 5 s; ' +
      'answers from what expired up to 10m0s ago while it asks the upstream, with a TTL of 30 s, ' +
      'and waits 1m0s after a failure',
  ],
])('%j is explained', (text, line) => {
  expect(describeCache(configOf(text).config)).toBe(line)
})
