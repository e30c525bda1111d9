// Weight files: CoreDNS' TestWeightFileUpdate (plugin/loadbalance/weighted_test.go), places of faults, and lookups.
import { describe, expect, test } from 'vitest'
import { addressBytes, addressText } from '../../../src/dns/address.ts'
import { escapedNameToWire } from '../../../src/dns/name.ts'
import { WeightTable } from '../../../src/plugins/loadbalance/weight-table.ts'
import { faultText, parseWeights } from '../../../src/plugins/loadbalance/weights.ts'
import {
  createWeightsMemory,
  publishWeights,
  WeightsReader,
} from '../../../src/plugins/loadbalance/weights-memory.ts'

const ONE = 'w1,example.org\n192.168.1.15 10\n192.168.1.14 20\n'
const TWO = `
# domain 1
w1.example.org
192.168.1.15   10
192.168.1.14   20

# domain 2
w2.example.org
 # domain 3
 w3.example.org
 192.168.2.16 11
 192.168.2.15 12
\t192.168.2.14 13\r
`

/** Names with "address weight"; or the fault. */
function read(text: string) {
  const weights = parseWeights(text)
  if ('fault' in weights) return faultText(weights.fault, 'wf')
  return Object.fromEntries(
    weights.names.map(({ name, addresses }) => [
      name,
      addresses.map(({ bytes, weight }) => `${addressText(bytes)} ${weight}`),
    ]),
  )
}

describe('a file', () => {
  test.each([
    ['that is empty', '', {}],
    ['with one name', ONE, { 'w1,example.org.': ['192.168.1.15 10', '192.168.1.14 20'] }],
    [
      'with names, one without addresses, comments and spaces',
      TWO,
      {
        'w1.example.org.': ['192.168.1.15 10', '192.168.1.14 20'],
        'w2.example.org.': [],
        'w3.example.org.': ['192.168.2.16 11', '192.168.2.15 12', '192.168.2.14 13'],
      },
    ],
    [
      'with a name twice, IPv6 and the limits of a weight',
      'A.org.\n2001:db8::1 1\nb.org\na.org\n10.0.0.1 255\n10.0.0.2 007',
      { 'a.org.': ['2001:db8::1 1', '10.0.0.1 255', '10.0.0.2 7'], 'b.org.': [] },
    ],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  test.each([
    [
      'a missing weight',
      'w1,example.org\n192.168.1.14\n192.168.1.15 20\n',
      'wf:2:1: wrong domain name:"192.168.1.14" in weight file wf. (Maybe a missing weight value?)',
    ],
    [
      'a missing name',
      '# missing domain\n192.168.1.14 10\nw2,example.org\n',
      'wf:2:1: missing domain name in weight file wf',
    ],
    [
      'a wrong address',
      'w1,example.org\n  192.168.1.300 10\n',
      'wf:2:3: wrong IP address:"192.168.1.300" in weight file wf',
    ],
    [
      'a weight above 255',
      'w1,example.org\n192.168.1.14 300\n',
      'wf:2:14: wrong weight value:"300" in weight file wf',
    ],
    [
      'a weight of 0',
      'w1,example.org\n192.168.1.14 0\n',
      'wf:2:14: wrong weight value:"0" in weight file wf',
    ],
    [
      'a weight with a sign',
      'w1,example.org\n192.168.1.14 +1\n',
      'wf:2:14: wrong weight value:"+1" in weight file wf',
    ],
    [
      'three words',
      'w1,example.org\n 192.168.1.14 1 2\n',
      'wf:2:17: could not parse weight line:"192.168.1.14 1 2" in weight file wf',
    ],
  ])('with %s has a fault', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('lookups', () => {
  const weightOf = (table: WeightTable, name: string, address: string) => {
    const wire = escapedNameToWire(name)!
    const bytes = addressBytes(address)!
    return table.find(wire, wire.length)?.get(Uint8Array.of(9, ...bytes), 1, bytes.length)
  }
  const tableOf = (text: string) => {
    const weights = parseWeights(text)
    return new WeightTable('names' in weights ? weights.names : [])
  }

  test('find names in lower case, and addresses of both families', () => {
    const table = tableOf('WWW.a.org\n10.0.0.1 3\n::1 4\nb.org\n10.0.0.1 5')
    expect(weightOf(table, 'www.a.org.', '10.0.0.1')).toBe(3)
    expect(weightOf(table, 'www.a.org.', '::1')).toBe(4)
    expect(weightOf(table, 'b.org.', '10.0.0.1')).toBe(5)
    expect(weightOf(table, 'b.org.', '::1')).toBeUndefined()
    expect(weightOf(table, 'c.org.', '10.0.0.1')).toBeUndefined()
  })

  test('find the first line of an address', () => {
    expect(weightOf(tableOf('a.org\n10.0.0.1 3\n10.0.0.1 7'), 'a.org.', '10.0.0.1')).toBe(3)
  })

  test('a name that no record can have is left out', () => {
    const text = `${'a'.repeat(64)}.org\n10.0.0.1 3\nb.org\n10.0.0.1 5`
    expect(weightOf(tableOf(text), 'b.org.', '10.0.0.1')).toBe(5)
  })

  test('another thread sees what was published last, and reads it once', () => {
    const memory = createWeightsMemory()
    const reader = new WeightsReader(memory)
    expect(weightOf(reader.table, 'a.org.', '10.0.0.1')).toBeUndefined()
    publishWeights(memory, Buffer.from('a.org\n10.0.0.1 3\n10.0.0.2 3'))
    const { table } = reader
    expect(weightOf(table, 'a.org.', '10.0.0.1')).toBe(3)
    expect(reader.table).toBe(table)
    publishWeights(memory, Buffer.from('a.org\n10.0.0.1 9'))
    expect(weightOf(reader.table, 'a.org.', '10.0.0.1')).toBe(9)
    expect(weightOf(reader.table, 'a.org.', '10.0.0.2')).toBeUndefined()
  })
})
