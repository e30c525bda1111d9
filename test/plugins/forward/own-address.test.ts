// Which upstreams are this server itself.
import { describe, expect, test } from 'vitest'
import { ownListener } from '../../../src/plugins/forward/own-address.ts'
import type { ListenerAddress } from '../../../src/plugins/plugin.ts'

const local = new Set(['127.0.0.1', '10.0.0.5', '2001:db8::5'])

function listener(address: string, port: number, zones: Readonly<Record<string, number>>) {
  const server = `dns://${address}:${port}`
  const all = Object.entries(zones).map(([zone, block]) => ({ zone, block }))
  return { server, address, port, zones: all } satisfies ListenerAddress
}

function isOwn(
  upstream: string,
  from: string,
  listeners: readonly ListenerAddress[],
  port = 53,
): boolean {
  return (
    ownListener({ address: upstream, port }, { from, block: 0, listeners, local }) !== undefined
  )
}

describe('an address is that of this server', () => {
  const everywhere = [listener('', 53, { '.': 0 })]
  test.each([
    ['127.0.0.1', everywhere, true],
    ['127.0.0.53', everywhere, true],
    ['::1', everywhere, true],
    ['0.0.0.0', everywhere, true],
    ['::', everywhere, true],
    ['10.0.0.5', everywhere, true],
    ['2001:db8::5', everywhere, true],
    ['10.0.0.6', everywhere, false],
    ['127.0.0.1', [listener('0.0.0.0', 53, { '.': 0 })], true],
    ['127.0.0.1', [listener('127.0.0.1', 53, { '.': 0 })], true],
    ['0.0.0.0', [listener('127.0.0.1', 53, { '.': 0 })], true],
    ['127.0.0.53', [listener('127.0.0.1', 53, { '.': 0 })], false],
    ['10.0.0.5', [listener('127.0.0.1', 53, { '.': 0 })], false],
    ['0.0.0.0', [listener('10.0.0.5', 53, { '.': 0 })], false],
    ['10.0.0.5', [listener('10.0.0.5', 53, { '.': 0 })], true],
    ['2001:db8::5', [listener('2001:db8:0::5', 53, { '.': 0 })], true],
    ['fe80::1', [listener('fe80::1%eth0', 53, { '.': 0 })], true],
  ])('%s, listeners %j: %s', (upstream, listeners, own) => {
    expect(isOwn(upstream, '.', listeners)).toBe(own)
  })

  test('only with the port of the listener', () => {
    expect(isOwn('127.0.0.1', '.', everywhere, 5353)).toBe(false)
  })
})

describe('a name comes back', () => {
  test.each([
    ['to the block that serves all names', '.', [listener('', 53, { '.': 0 })], true],
    ['to the block that serves the zone', '.', [listener('', 53, { 'a.org.': 0 })], true],
    ['but to another block', '.', [listener('', 53, { '.': 1 })], false],
    [
      'but to the more specific zone of another block',
      'a.org.',
      [listener('', 53, { '.': 0, 'a.org.': 1 })],
      false,
    ],
    ['in part', '.', [listener('', 53, { '.': 0, 'a.org.': 1 })], true],
    [
      'but to another port',
      '.',
      [listener('', 54, { '.': 0 }), listener('', 53, { '.': 1 })],
      false,
    ],
    ['but FROM is not served there', 'b.org.', [listener('', 53, { 'a.org.': 0 })], false],
  ])('%s', (_, from, listeners, own) => {
    expect(isOwn('127.0.0.1', from, listeners)).toBe(own)
  })
})
