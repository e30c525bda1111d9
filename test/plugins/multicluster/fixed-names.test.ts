// The names that every zone has.
import { describe, expect, test } from 'vitest'
import { nameToText, nameToWire } from '../../../src/dns/name.ts'
import { fixedNames, MCS_DNS_VERSION } from '../../../src/plugins/multicluster/fixed-names.ts'

const zone = nameToWire('clusterset.local.')!

function summary(addresses: readonly string[]) {
  return fixedNames(zone, 30, addresses, MCS_DNS_VERSION).map(({ name, answers }) => [
    nameToText(Uint8Array.from([...name, 0])),
    answers.map(({ type, answers: own, additionals }) => [type, own, additionals]),
  ])
}

describe('fixed names', () => {
  test('with addresses of both families', () => {
    expect(summary(['192.0.2.1', 'fd00::1', '192.0.2.2'])).toEqual([
      ['.', [[2, 1, 3]]],
      [
        'ns.dns.',
        [
          [1, 2, 0],
          [28, 1, 0],
        ],
      ],
      ['svc.', []],
      ['pod.', []],
      ['dns.', []],
      ['dns-version.', [[16, 1, 0]]],
    ])
  })

  test('without addresses, NS stays and its name has no addresses', () => {
    const [apex, server] = summary([])
    expect(apex).toEqual(['.', [[2, 1, 0]]])
    expect(server).toEqual(['ns.dns.', []])
  })

  test('name servers have at most 64 addresses together', () => {
    const many = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`)
    expect(summary(many).slice(0, 2)).toEqual([
      ['.', [[2, 1, 64]]],
      ['ns.dns.', [[1, 64, 0]]],
    ])
  })

  test('invalid addresses are ignored', () => {
    expect(summary(['fe80::1%eth0', 'localhost', ''])).toEqual(summary([]))
  })

  test('have the TTL of the zone, except the version', () => {
    const names = fixedNames(zone, 30, ['192.0.2.1'], MCS_DNS_VERSION)
    const ttl = (index: number) => {
      const { bytes } = names[index]!.answers[0]!
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(6)
    }
    expect([ttl(0), ttl(1), ttl(5)]).toEqual([30, 30, 28800])
  })
})
