// Networks, and the number of an address in lists of them.
import { describe, expect, test } from 'vitest'
import { addressBytes } from '../../src/dns/address.ts'
import { type Network, parseNetwork } from '../../src/dns/network.ts'
import { type PrefixLayer, PrefixTable } from '../../src/dns/prefix-table.ts'
import { createRandom } from '../support/random.ts'

describe("parseNetwork reads what Go's net.ParseCIDR reads", () => {
  test.each([
    ['10.0.0.0/8', [10, 0, 0, 0], 8],
    ['10.1.2.3/08', [10, 1, 2, 3], 8],
    ['0.0.0.0/0', [0, 0, 0, 0], 0],
    ['192.0.2.1/32', [192, 0, 2, 1], 32],
  ])('%s', (text, bytes, bits) => {
    expect(parseNetwork(text)).toEqual({ bytes: Uint8Array.from(bytes), bits })
  })

  test('2001:DB8::/32', () => {
    expect(parseNetwork('2001:DB8::/32')).toEqual({ bytes: addressBytes('2001:db8::'), bits: 32 })
  })

  test.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '10.0.0.01/8',
    '::/129',
    'fe80::1%eth0/64',
    '/8',
    '',
  ])('not %j', (text) => {
    expect(parseNetwork(text)).toBeUndefined()
  })
})

const NONE = 9
const layer = (value: number, ...networks: string[]): PrefixLayer => ({
  value,
  networks: networks.map((text) => parseNetwork(text)!),
})
const all = (value: number): PrefixLayer => ({ value, networks: undefined })
const find = (layers: readonly PrefixLayer[], address: string) => {
  const bytes = addressBytes(address)!
  return new PrefixTable(bytes.length, layers, NONE).find(Uint8Array.of(7, ...bytes, 7), 1)
}

describe('an address has the value', () => {
  test.each([
    ['of its network', [layer(1, '10.0.0.0/8')], '10.255.255.255', 1],
    ['none, below its network', [layer(1, '10.0.0.0/8')], '9.255.255.255', NONE],
    ['none, above its network', [layer(1, '10.0.0.0/8')], '11.0.0.0', NONE],
    ['none, without layers', [], '10.0.0.1', NONE],
    ['of a layer for all', [all(1)], '255.255.255.255', 1],
    ['of 0.0.0.0/0', [layer(1, '0.0.0.0/0')], '0.0.0.0', 1],
    ['of the last network', [layer(1, '255.255.255.255/32')], '255.255.255.255', 1],
    ['of the network whose host bits are set', [layer(1, '10.1.2.3/8')], '10.0.0.0', 1],
    ['of the first layer', [layer(1, '10.0.0.0/8'), layer(2, '10.1.0.0/16')], '10.1.0.1', 1],
    [
      'of the first layer, inside of the second',
      [layer(1, '10.1.0.0/16'), layer(2, '10.0.0.0/8')],
      '10.1.0.1',
      1,
    ],
    [
      'of the second layer, around the first',
      [layer(1, '10.1.0.0/16'), layer(2, '10.0.0.0/8')],
      '10.2.0.0',
      2,
    ],
    ['none, of the other family', [layer(1, '0.0.0.0/0')], '::1', NONE],
    ['of its IPv6 network', [layer(1, '2001:db8:0:8000::/49')], '2001:db8:0:ffff::1', 1],
    ['of ::/0', [layer(1, '::/0')], 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 1],
  ])('%s', (_, layers, address, value) => {
    expect(find(layers, address)).toBe(value)
  })
})

describe('random layers', () => {
  const contains = ({ bytes, bits }: Network, address: Uint8Array) => {
    const text = (all: Uint8Array) =>
      [...all].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    return text(bytes).slice(0, bits) === text(address).slice(0, bits)
  }

  test.each([4, 16])('of addresses of %i bytes: the first with a network wins', (size) => {
    const random = createRandom(20_261_201)
    // Few values for each byte, so that networks lie in each other and side by side.
    const address = () => Uint8Array.from({ length: size }, () => random.pick([0, 1, 128, 255]))
    for (let round = 0; round < 100; round++) {
      const layers = Array.from({ length: 1 + random.int(5) }, (_, value) => ({
        value,
        networks: Array.from({ length: random.int(6) }, () => {
          return { bytes: address(), bits: random.int(8 * size + 1) }
        }),
      }))
      const table = new PrefixTable(size, layers, NONE)
      for (let i = 0; i < 50; i++) {
        const one = address()
        const first = layers.find(({ networks }) => networks.some((all) => contains(all, one)))
        expect(table.find(one, 0)).toBe(first?.value ?? NONE)
      }
    }
  })
})
