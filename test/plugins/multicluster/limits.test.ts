// The limits of one Service: what exceeds them is left out, and the rest is answered as if it had never been there.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nameToText, nameToWire } from '../../../src/dns/name.ts'
import { compileService } from '../../../src/plugins/multicluster/compile.ts'
import { limitService } from '../../../src/plugins/multicluster/limits.ts'
import {
  DEFAULT_LIMITS,
  type ServiceLimits,
} from '../../../src/plugins/multicluster/size-estimate.ts'
import type { EndpointSlice, ImportedService, ServicePort } from '../../../src/sources/objects.ts'
import { pageShape } from '../../../src/zone/page-shape.ts'
import { TableWriter } from '../../../src/zone/table-writer.ts'
import { steps } from '../../support/steps.ts'

const ZONE = nameToWire('clusterset.local.')!
const options = { zone: ZONE, ttl: 5, endpoints: true }

function ports(count: number, first = 1): ServicePort[] {
  return Array.from({ length: count }, (_, i) => {
    return { name: `p${first + i}`, protocol: 'tcp', port: first + i }
  })
}

function endpoints(count: number, net = 0) {
  return Array.from({ length: count }, (_, i) => {
    return { addresses: [`10.${net}.${i >> 8}.${i & 255}`], hostname: '', podName: '', zone: '' }
  })
}

function headless(...slices: readonly Partial<EndpointSlice>[]): ImportedService {
  return {
    service: { namespace: 'ns', name: 'web', type: 'Headless', ips: [], ports: [] },
    slices: slices.map((slice, i) => ({
      namespace: 'ns',
      name: `web-${i}`,
      service: 'web',
      cluster: 'c1',
      addressType: 'IPv4',
      ports: ports(1),
      endpoints: endpoints(1, i),
      ...slice,
    })),
  }
}

function vip(ips: readonly string[], list: readonly ServicePort[]): ImportedService {
  const serviceImport = { namespace: 'ns', name: 'web', type: 'ClusterSetIP' } as const
  return { service: { ...serviceImport, ips, ports: list }, slices: [] }
}

const limit = (view: ImportedService, some: Partial<ServiceLimits> = {}, room?: number) => {
  const limits = { ...DEFAULT_LIMITS, ...some }
  const headless = view.service.type === 'Headless'
  return limitService(view, { limits, zoneLength: ZONE.length, headless }, room ?? limits.bytes)
}

/** The names of a Service with the number of their records of each type. */
function recordsOf(view: ImportedService): Map<string, Record<number, number>> {
  return new Map(
    steps(compileService(view, options)).map(({ name, answers }) => [
      nameToText(Uint8Array.from([...name, 0])),
      Object.fromEntries(answers.map(({ type, answers: count }) => [type, count])),
    ]),
  )
}

/** Bytes of the page of a Service. */
function pageBytes(view: ImportedService): number {
  const table = new TableWriter({ maxBytes: 2 ** 28 })
  const before = table.stats().usedBytes
  const names = steps(compileService(view, options))
  table.replace('ns/web', names)
  return table.stats().usedBytes - before
}

describe('a Service within the limits', () => {
  test.each<[string, ImportedService]>([
    ['with an address and a port', vip(['10.0.0.1'], ports(1))],
    ['with as many ports as the limit', vip(['10.0.0.1', 'fd00::1'], ports(1000))],
    ['without ports', headless({ ports: [] })],
    [
      'with 1,000 endpoints and 10 ports',
      headless({ endpoints: endpoints(1000), ports: ports(10) }),
    ],
    [
      'with 100 endpoints and 100 ports',
      headless({ endpoints: endpoints(100), ports: ports(100) }),
    ],
    [
      'with 10,000 endpoints in 100 slices',
      headless(...Array.from({ length: 100 }, (_, i) => ({ endpoints: endpoints(100, i) }))),
    ],
    [
      'with 300 slices that have other port numbers',
      headless(
        ...Array.from({ length: 300 }, (_, i) => ({
          cluster: `c${i}`,
          ports: [{ name: 'http', protocol: 'tcp', port: i + 1 }],
          endpoints: endpoints(10, i % 256),
        })),
      ),
    ],
  ])('%s is served in full', (_, view) => {
    const limited = limit(view)
    expect(limited.leftOut).toBeUndefined()
    expect(limited.view).toBe(view)
  })
})

describe('ports over the limit', () => {
  test('are left out, with their names and SRV records', () => {
    const { view, leftOut } = limit(vip(['10.0.0.1'], ports(8)), { ports: 3 })
    expect(leftOut).toEqual({ ports: 5, endpoints: 0, slices: 0, exceeded: ['ports'] })
    expect([...recordsOf(view)]).toEqual([
      ['web.ns.svc.', { 1: 1, 33: 3 }],
      ['_p1._tcp.web.ns.svc.', { 1: 1, 33: 1 }],
      ['_p2._tcp.web.ns.svc.', { 1: 1, 33: 1 }],
      ['_p3._tcp.web.ns.svc.', { 1: 1, 33: 1 }],
      ['_tcp.web.ns.svc.', {}],
    ])
  })

  test('are left out of all slices, and the addresses stay', () => {
    const other = [...ports(1, 9), ...ports(2)]
    const { view, leftOut } = limit(headless({ ports: ports(2) }, { ports: other }), { ports: 2 })
    expect(leftOut).toEqual({ ports: 1, endpoints: 0, slices: 0, exceeded: ['ports'] })
    const names = recordsOf(view)
    expect(names.get('web.ns.svc.')).toEqual({ 1: 2, 33: 4 })
    expect(names.get('_p2._tcp.web.ns.svc.')).toEqual({ 1: 2, 33: 2 })
    expect(names.has('_p9._tcp.web.ns.svc.')).toBe(false)
  })

  test('do not count again in other slices, nor with other numbers', () => {
    const http = (port: number) => ({ ports: [{ name: 'http', protocol: 'tcp', port }] })
    expect(limit(headless(http(80), http(8080), http(81)), { ports: 1 }).leftOut).toBeUndefined()
  })

  test('without a name count by number', () => {
    const unnamed = [80, 80, 81].map((port) => ({ name: '', protocol: 'tcp', port }))
    expect(limit(headless({ ports: unnamed }), { ports: 1 }).leftOut).toMatchObject({ ports: 1 })
  })
})

describe('addresses over the limit', () => {
  test('are left out in the order of the slices', () => {
    const given = headless({ endpoints: endpoints(3) }, { endpoints: endpoints(3, 1) }, {})
    const { view, leftOut } = limit(given, { endpoints: 4 })
    expect(leftOut).toEqual({ ports: 0, endpoints: 3, slices: 0, exceeded: ['endpoints'] })
    const names = recordsOf(view)
    expect(names.get('web.ns.svc.')).toEqual({ 1: 4, 33: 4 })
    expect(names.has('10-1-0-0.c1.web.ns.svc.')).toBe(true)
    expect(names.has('10-1-0-1.c1.web.ns.svc.')).toBe(false)
  })

  test('of an import are left out, too', () => {
    const { view, leftOut } = limit(vip(['10.0.0.1', '10.0.0.2', 'fd00::1'], []), { endpoints: 2 })
    expect(leftOut).toEqual({ ports: 0, endpoints: 1, slices: 0, exceeded: ['endpoints'] })
    expect(recordsOf(view).get('web.ns.svc.')).toEqual({ 1: 2 })
  })
})

describe('1,000 endpoints with 20,000 ports', () => {
  test('keep all addresses, and as many ports as fit', () => {
    const given = headless({ endpoints: endpoints(1000), ports: ports(20_000) })
    const { view, leftOut } = limit(given)
    const kept = 20_000 - leftOut!.ports
    expect(kept).toBeGreaterThan(20)
    expect(leftOut).toMatchObject({ endpoints: 0, slices: 0, exceeded: ['bytes'] })
    const names = recordsOf(view)
    expect(names.get('web.ns.svc.')).toMatchObject({ 1: 1000 })
    expect(names.get(`_p${kept}._tcp.web.ns.svc.`)).toMatchObject({ 1: 1000 })
    expect(names.get('10-0-3-231.c1.web.ns.svc.')).toEqual({ 1: 1, 33: kept })
    expect(names.size).toBe(1 + 1000 + kept + 2)
    expect(pageBytes(view)).toBeLessThan((DEFAULT_LIMITS.bytes * 9) / 8)
  })

  test('as those of an import do not multiply either', () => {
    const ips = endpoints(1000).flatMap(({ addresses }) => addresses)
    const { view, leftOut } = limit(vip(ips, ports(20_000)))
    expect(leftOut!.endpoints).toBe(0)
    expect(recordsOf(view).get('web.ns.svc.')).toMatchObject({ 1: 1000 })
    expect(pageBytes(view)).toBeLessThan((DEFAULT_LIMITS.bytes * 9) / 8)
  })
})

test('slices that were not read are reported', () => {
  const { leftOut } = limit({ ...headless({}), unread: 3 })
  expect(leftOut).toEqual({ ports: 0, endpoints: 0, slices: 3, exceeded: ['bytes'] })
})

test('all limits that are exceeded are reported', () => {
  const given = headless({ endpoints: endpoints(3), ports: ports(3) })
  expect(limit(given, { endpoints: 2, ports: 2 }).leftOut).toEqual({
    ports: 1,
    endpoints: 1,
    slices: 0,
    exceeded: ['endpoints', 'ports'],
  })
  expect(limit(given, { endpoints: 2, bytes: 1500 }).leftOut?.exceeded).toEqual([
    'endpoints',
    'bytes',
  ])
})

test('less room than the limit of a Service is the limit of its namespace', () => {
  const { leftOut } = limit({ ...headless({ endpoints: endpoints(99) }), unread: 1 }, {}, 1500)
  expect(leftOut?.exceeded).toEqual(['bytes', 'namespaceBytes'])
})

test('a Service with an address and a port has room in half a KB', () => {
  expect(limit(vip(['10.0.0.1'], ports(1)), { bytes: 512 }).leftOut).toBeUndefined()
})

test('whatever the objects are, the page has at most `bytes`, and the pages of the allocator an eighth more', () => {
  const count = (most: number) => fc.integer({ min: 0, max: most })
  const slice = fc.record({
    cluster: fc.constantFrom('', 'c1', 'c2', 'c'.repeat(63)),
    ports: fc.tuple(count(300), count(200)).map(([size, first]) => ports(size, first + 1)),
    endpoints: fc
      .tuple(count(200), count(3), fc.boolean(), count(2))
      .map(([size, net, named, more]) =>
        endpoints(size, net).map(({ addresses: [address], ...endpoint }, i) => ({
          ...endpoint,
          addresses: [address!, ...Array.from({ length: more }, () => address!)],
          hostname: named ? `${'h'.repeat(50)}${i}` : '',
        })),
      ),
  })
  const objects = fc.record({
    slices: fc.array(slice, { maxLength: 5 }),
    type: fc.constantFrom('Headless', 'ClusterSetIP'),
    ips: fc.array(fc.constantFrom('10.0.0.1', 'fd00::1', '10.0.0.2'), { maxLength: 4 }),
    ports: count(300).map((size) => ports(size)),
  })
  const limits = fc.constantFrom(2 ** 18, 2 ** 15, 2 ** 12)
  fc.assert(
    fc.property(objects, limits, ({ slices, ...more }, bytes) => {
      const { service, slices: whole } = headless(...slices)
      const given = { service: { ...service, ...more } as const, slices: whole }
      const { view } = limit(given, { bytes, endpoints: 500 })
      expect(4 * pageShape(steps(compileService(view, options))).words).toBeLessThanOrEqual(bytes)
      expect(pageBytes(view)).toBeLessThanOrEqual((bytes * 9) / 8)
    }),
    { numRuns: 60 },
  )
})
