// The limits of one Service of the cluster.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nameToWire } from '../../../src/dns/name.ts'
import { compileLocalService } from '../../../src/plugins/kubernetes/compile.ts'
import { limitLocalService } from '../../../src/plugins/kubernetes/limits.ts'
import { DEFAULT_LIMITS } from '../../../src/plugins/multicluster/size-estimate.ts'
import type { LocalService } from '../../../src/sources/objects.ts'
import { pageShape } from '../../../src/zone/page-shape.ts'
import { endpoint, HTTP, service, slice } from '../../cases/cluster-objects.ts'
import { steps } from '../../support/steps.ts'

const zone = nameToWire('cluster.local.')!
const options = { zoneLength: zone.length, limits: DEFAULT_LIMITS, podNames: false, zonal: false }
const KEY = 'ns/web'

function headless(count: number, more: Parameters<typeof endpoint>[1] = {}): LocalService {
  const endpoints = Array.from({ length: count }, (_, i) =>
    endpoint(`10.0.${i >> 8}.${i & 255}`, more),
  )
  return service(KEY, { kind: 'Headless' }, [slice(KEY, 'web-1', endpoints)])
}

describe('a Service within its limits is served in full', () => {
  test.each<[string, LocalService]>([
    ['ClusterIP', service(KEY, { ips: ['10.0.0.1'] })],
    ['headless, with 1,000 endpoints', headless(1000)],
    ['ExternalName', service(KEY, { kind: 'ExternalName', externalName: 'example.org' })],
  ])('%s', (_, view) => {
    const limited = limitLocalService(view, { ...options, zonal: true }, DEFAULT_LIMITS.bytes)
    expect(limited).toEqual({ view, leftOut: undefined })
    expect(limited.view).toBe(view)
  })
})

test('what exceeds a limit is left out and reported', () => {
  const { view, leftOut } = limitLocalService(
    { ...headless(9), unread: 2 },
    { ...options, limits: { ...DEFAULT_LIMITS, endpoints: 4 } },
    DEFAULT_LIMITS.bytes,
  )
  expect(leftOut).toEqual({ ports: 0, endpoints: 5, slices: 2, exceeded: ['bytes', 'endpoints'] })
  expect(view.slices[0]?.endpoints).toHaveLength(4)
  expect(view.service).toEqual(headless(9).service)
})

test('with zonal, less room than the limit of a Service is the limit of its namespace', () => {
  const { leftOut } = limitLocalService(headless(99), { ...options, zonal: true }, 8192)
  expect(leftOut?.exceeded).toEqual(['namespaceBytes'])
})

test('whatever the objects and options are, the page has at most `room` bytes', () => {
  const zones = [() => '', () => 'z', (i: number) => `a.b.${i}.${'x'.repeat(50)}`]
  const names = ['', 'h'.repeat(60), 'a.dotted.name']
  const pick = fc.nat(2)
  const endpoints = fc
    .tuple(fc.integer({ min: 0, max: 300 }), pick, pick, pick)
    .map(([count, zone, host, pod]) =>
      Array.from({ length: count }, (_, i) =>
        endpoint(`10.0.${i >> 8}.${i & 255}`, {
          zone: zones[zone]!(i),
          hostname: host === 1 ? `h${i}` : '',
          podName: names[pod]!,
        }),
      ),
    )
  const ports = fc
    .nat(40)
    .map((size) =>
      Array.from({ length: size }, (_, i) => ({ ...HTTP, name: `p${i}`, port: i + 1 })),
    )
  const view = fc
    .record({
      kind: fc.constantFrom<('ClusterIP' | 'Headless')[]>('ClusterIP', 'Headless', 'Headless'),
      ports,
      slices: fc.array(fc.tuple(endpoints, ports), { maxLength: 4 }),
    })
    .map(({ kind, ports, slices }) =>
      service(
        KEY,
        { kind, ports, ips: kind === 'ClusterIP' ? ['10.9.0.1', 'fd00::1'] : [] },
        slices.map(([list, declared], i) => slice(KEY, `web-${i}`, list, declared)),
      ),
    )
  const rooms = fc.constantFrom(2 ** 18, 2 ** 17, 2 ** 16)
  fc.assert(
    fc.property(view, rooms, fc.boolean(), fc.boolean(), (whole, room, podNames, zonal) => {
      const limited = limitLocalService(whole, { ...options, podNames, zonal }, room)
      const flags = { endpoints: true, ignoreEmpty: false, pods: 'disabled' } as const
      const names = steps(
        compileLocalService(limited.view, { ...flags, zone, ttl: 5, podNames, zonal }),
      )
      expect(4 * pageShape(names).words).toBeLessThanOrEqual(room)
    }),
    { numRuns: 150 },
  )
})
