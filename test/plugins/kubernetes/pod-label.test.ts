// The addresses in names of Pods, with `pods insecure`.
import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipv4Bytes, ipv6Bytes, ipv6Text } from '../../../src/dns/address.ts'
import { isCanonicalLabel, readPodLabel } from '../../../src/plugins/kubernetes/pod-label.ts'

/** The address in a label, or undefined. Other bytes surround the label. */
function read(label: string): number[] | undefined {
  const name = Buffer.from(`-9${label}-9`, 'latin1')
  const out = new Uint8Array(16).fill(0xa5)
  const size = readPodLabel(name, 2, label.length, out)
  return size === 0 ? undefined : [...out.subarray(0, size)]
}

/** What CoreDNS does: dashes become dots or colons, and Go parses the text. */
function model(label: string): number[] | undefined {
  const isDotted = label.split('-').length === 4 && !label.includes('--')
  const text = label.replaceAll('-', isDotted ? '.' : ':')
  const bytes = isIPv4(text) ? ipv4Bytes(text) : isIPv6(text) ? ipv6Bytes(text) : undefined
  return bytes && [...bytes]
}

describe('a label', () => {
  test.each([
    '10-240-0-1',
    '0-0-0-0',
    '255-255-255-255',
    '1-2-3-256',
    '1-2-3-01',
    '1-2-3-00',
    '1-2-3-1000',
    '1-2-3',
    '1-2-3-4-5',
    '1-2-3-',
    '-1-2-3',
    '1-2--3',
    'a-b-c-d',
    '--',
    '---',
    '-',
    '',
    'blah',
    '10',
    '--1',
    '1--',
    '1-',
    '-1',
    'fd00--1',
    'fd00--1--2',
    'fd00---1',
    '1-2-3-4-5-6-7-8',
    '1-2-3-4-5-6-7-8-9',
    '1-2-3-4-5-6-7--',
    '--2-3-4-5-6-7-8',
    '1-2-3-4--5-6-7-8',
    '12345--1',
    'g--1',
    '1234-abcd--1',
  ])('%s is read as in CoreDNS', (label) => {
    expect(read(label)).toEqual(model(label))
  })

  test('of any digits and dashes is read as in CoreDNS', () => {
    const part = fc.constantFrom('-', '-', '--', '0', '1', '25', '255', '256', 'fd00', 'a', 'g')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 18 }), (parts) => {
        expect(read(parts.join(''))).toEqual(model(parts.join('')))
      }),
      { numRuns: 3000 },
    )
  })

  test('of any address is read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        // The parts of an IPv4 address behind colons have dots, which no label of a Pod has.
        fc.pre(!(address.includes(':') && address.includes('.')))
        const label = address.toLowerCase().replaceAll(/[.:]/g, '-')
        expect(read(label)).toEqual(model(label))
      }),
    )
  })
})

describe('of the labels of one IPv6 address', () => {
  const isCanonical = (label: string) => {
    const name = Buffer.from(`-9${label}-9`, 'latin1')
    const out = new Uint8Array(16)
    const size = readPodLabel(name, 2, label.length, out)
    return size !== 0 && isCanonicalLabel(name, 2, label.length, out, size)
  }

  test.each([
    ['--', true],
    ['--1', true],
    ['fd00--', true],
    ['fd00--1', true],
    ['fd00-0--1', false],
    ['fd00--01', false],
    ['0-0-0-0-0-0-0-1', false],
    ['1-0-0-2-0-0-0-3', false],
    ['1-0-0-2--3', true],
    ['1--2-0-0-0-3', false],
    ['1-2-3-4-5-6-0-8', true],
    ['1-2-3-4-5-6--8', false],
    ['10-0-0-1', true],
  ])('%s is that of its canonical text: %s', (label, canonical) => {
    expect(isCanonical(label)).toBe(canonical)
  })

  test('only that of its canonical text is taken', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Uint8Array.from(groups.flatMap((one) => [one >> 8, one & 255]))
        expect(isCanonical(ipv6Text(bytes).replaceAll(':', '-'))).toBe(true)
        const long = groups.map((one) => one.toString(16)).join('-')
        expect(isCanonical(long)).toBe(long.replaceAll('-', ':') === ipv6Text(bytes))
      }),
    )
  })
})
