// Which ports of an import each exporting cluster serves.
import { describe, expect, test } from 'vitest'
import type { Port } from '../../../src/fleet/api/types.ts'
import { mergeExports } from '../../../src/fleet/merge/merge-exports.ts'
import { importPorts } from '../../../src/fleet/plan/import-ports.ts'
import { ports, serviceView, validExports } from '../fixtures.ts'

function portsOf(wanted: readonly Port[], ...offers: readonly string[]) {
  const exports = validExports(...offers.map((offer) => ({ ports: ports(offer) })))
  return importPorts({ ports: wanted }, mergeExports(exports), exports)
}

interface Row {
  name: string
  wanted: string
  offers: readonly string[]
  /** Ports of the derived Service; default `wanted`. */
  has?: string
  served: readonly string[]
  match: 'all' | 'some' | 'none'
  unserved?: readonly string[]
}

describe('an import', () => {
  test.each<Row>([
    {
      name: 'is served by a cluster with the same port',
      wanted: 'http:80',
      offers: ['http:80'],
      served: ['http:80'],
      match: 'all',
    },
    {
      name: 'may list fewer ports than the exports have',
      wanted: 'http:80',
      offers: ['http:80 admin:81'],
      served: ['http:80'],
      match: 'all',
    },
    {
      name: 'without ports gets the merged ones',
      wanted: '',
      offers: ['http:80', 'http:80 dns:53/UDP'],
      has: 'http:80 dns:53/UDP',
      served: ['http:80', 'http:80 dns:53/UDP'],
      match: 'all',
    },
    {
      name: 'without ports never gets a port that lost the merge',
      wanted: '',
      offers: ['http:80', 'http:81'],
      has: 'http:80',
      served: ['http:80', ''],
      match: 'all',
    },
    {
      name: 'may choose the port of the younger export',
      wanted: 'http:81',
      offers: ['http:80', 'http:81'],
      served: ['', 'http:81'],
      match: 'all',
    },
    {
      name: 'with one additional port is partly matched',
      wanted: 'http:80 dns:53/UDP',
      offers: ['http:80'],
      served: ['http:80'],
      match: 'some',
      unserved: ['dns 53/UDP'],
    },
    {
      name: 'with another port name is not matched',
      wanted: 'web:80',
      offers: ['http:80'],
      served: [''],
      match: 'none',
      unserved: ['web 80/TCP'],
    },
    {
      name: 'with an unnamed port is not matched by ports with two names',
      wanted: ':80',
      offers: ['http:80', 'web:80'],
      served: ['', ''],
      match: 'none',
      unserved: ['(unnamed) 80/TCP'],
    },
    {
      name: 'with an unnamed port is matched by the unnamed one first',
      wanted: ':80',
      offers: ['http:80', ':80'],
      served: ['', ':80'],
      match: 'all',
    },
    {
      name: 'with a named port is matched by its name first',
      wanted: 'http:80',
      offers: [':80', 'http:80'],
      served: ['', 'http:80'],
      match: 'all',
    },
    {
      name: 'with an unnamed port of another protocol is not matched',
      wanted: ':80/UDP',
      offers: ['http:80'],
      served: [''],
      match: 'none',
      unserved: ['(unnamed) 80/UDP'],
    },
    {
      name: 'with another protocol is not matched',
      wanted: 'http:80/UDP',
      offers: ['http:80'],
      served: [''],
      match: 'none',
      unserved: ['http 80/UDP'],
    },
    {
      name: 'with another port number is not matched',
      wanted: 'http:81',
      offers: ['http:80'],
      served: [''],
      match: 'none',
      unserved: ['http 81/TCP'],
    },
    {
      name: 'keeps its appProtocol',
      wanted: 'http:80!grpc',
      offers: ['http:80!h2c'],
      served: ['http:80!grpc'],
      match: 'all',
    },
    {
      name: 'without appProtocol gets the one of the oldest export',
      wanted: 'http:80',
      offers: ['http:80!h2c', 'http:80!grpc'],
      has: 'http:80!h2c',
      served: ['http:80!h2c', 'http:80!h2c'],
      match: 'all',
    },
    {
      name: 'with a duplicate port name has the first of the ports',
      wanted: 'http:80 http:81',
      offers: ['http:80 other:81'],
      has: 'http:80',
      served: ['http:80'],
      match: 'some',
      unserved: ['http 81/TCP'],
    },
    {
      name: 'with the invalid port 0 has its other ports',
      wanted: 'zero:0 http:80',
      offers: ['http:80'],
      has: 'http:80',
      served: ['http:80'],
      match: 'some',
      unserved: ['zero 0/TCP'],
    },
    {
      name: 'before any export has its own ports',
      wanted: 'http:80',
      offers: [],
      served: [],
      match: 'none',
      unserved: ['http 80/TCP'],
    },
  ])('$name', ({ wanted, offers, has = wanted, served, match, unserved = [] }) => {
    const result = portsOf(ports(wanted), ...offers)
    expect(result.ports).toEqual(ports(has))
    expect([...result.served]).toEqual(served.map((text, i) => [`c${i + 1}`, ports(text)]))
    expect(result.match).toBe(match)
    expect(result.unserved).toEqual(unserved)
  })

  test.each([
    ['an unnamed port of an import', ':80', 'http:80!h2c admin:81', ':80!h2c', 'http'],
    ['a named port of an import', 'http:80', ':80!h2c', 'http:80!h2c', ''],
  ])(
    '%s matches the only exported port of its number and protocol',
    (_, wanted, offer, has, name) => {
      const result = portsOf(ports(wanted), offer, offer)
      expect(result).toMatchObject({ match: 'all', unserved: [], ports: ports(has) })
      const served = ports(has).map((port) => ({ ...port, sourceName: name }))
      expect([...result.served.values()]).toEqual([served, served])
    },
  )

  test('without ports and without an export has no ports yet', () => {
    expect(portsOf([]).ports).toBeUndefined()
  })

  test('without a protocol has TCP ports', () => {
    const result = portsOf([{ ...ports('http:80')[0]!, protocol: '' }], 'http:80')
    expect(result.match).toBe('all')
    expect(result.ports).toEqual(ports('http:80'))
  })

  test('of a headless Service without ports is matched by addresses alone', () => {
    const exports = validExports({ ...serviceView(), headless: true, ports: [] })
    const merged = mergeExports(exports)
    expect(importPorts({ ports: [] }, merged, exports)).toMatchObject({ ports: [], match: 'all' })
    expect(importPorts({ ports: ports('a:1') }, merged, exports).match).toBe('some')
  })
})
