// Compiling a Service: its names, and the layout of their answers. The content of answers is tested with the table in
// test/cases.
import { performance } from 'node:perf_hooks'
import { describe, expect, test } from 'vitest'
import { nameToText, nameToWire } from '../../../src/dns/name.ts'
import { compileNamespace, compileService } from '../../../src/plugins/multicluster/compile.ts'
import type { EndpointSlice, ImportedService, ServicePort } from '../../../src/sources/objects.ts'
import type { CompiledName } from '../../../src/zone/compiled.ts'
import { rrEnd } from '../../../src/zone/rr.ts'
import { steps } from '../../support/steps.ts'

const ZONE = nameToWire('clusterset.local.')!
const options = { zone: ZONE, ttl: 5, endpoints: true }
const HTTP: ServicePort = { name: 'http', protocol: 'tcp', port: 80 }

function vip(ips: readonly string[], ports: readonly ServicePort[] = [HTTP]): ImportedService {
  const serviceImport = { namespace: 'ns', name: 'web', type: 'ClusterSetIP', ips, ports } as const
  return { service: serviceImport, slices: [] }
}

function headless(...slices: readonly Partial<EndpointSlice>[]): ImportedService {
  const { service } = vip([])
  return {
    service: { ...service, type: 'Headless' },
    slices: slices.map((slice, i) => ({
      namespace: 'ns',
      name: `web-${i}`,
      service: 'web',
      cluster: 'c1',
      addressType: 'IPv4',
      ports: [HTTP],
      endpoints: [{ addresses: ['10.0.0.1'], hostname: '', podName: '', zone: '' }],
      ...slice,
    })),
  }
}

function endpoints(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    addresses: [`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`],
    hostname: '',
    podName: '',
    zone: '',
  }))
}

function textOf({ name }: CompiledName): string {
  return nameToText(Uint8Array.from([...name, 0]))
}

/** The names that exist. */
function namesOf(view: ImportedService, more: Partial<typeof options> = {}): string[] {
  return steps(compileService(view, { ...options, ...more }))
    .filter(({ pending }) => pending !== 'nxdomain')
    .map(textOf)
}

function pendingOf(view: ImportedService, more: Partial<typeof options> = {}) {
  return Object.fromEntries(
    steps(compileService(view, { ...options, ...more })).map((name) => [
      textOf(name),
      name.pending,
    ]),
  )
}

function typesOf(view: ImportedService): Record<string, readonly number[]> {
  return Object.fromEntries(
    steps(compileService(view, options)).map((name) => [
      textOf(name),
      name.answers.map(({ type }) => type),
    ]),
  )
}

describe('names without addresses yet', () => {
  test.each([
    ['an import with addresses', vip(['10.0.0.1']), undefined],
    ['an import without addresses', vip([]), 'nodata'],
    ['an import with unusable addresses', vip(['x']), 'nodata'],
    ['a headless import with endpoints', headless({}), undefined],
    ['a headless import without EndpointSlices', headless(), 'nxdomain'],
    ['a headless import without ready endpoints', headless({ endpoints: [] }), 'nxdomain'],
  ])('%s: %#', (_, view, pending) => {
    const names = pendingOf(view)
    expect([names['web.ns.svc.'], names['_http._tcp.web.ns.svc.']]).toEqual([pending, pending])
    // NODATA of the name between them does not deny the port; NXDOMAIN does (RFC 8020).
    const between = pending === 'nxdomain' ? pending : undefined
    expect(names['_tcp.web.ns.svc.']).toBe(between)
  })

  test('with `noendpoints`, a headless import never gets addresses', () => {
    expect(pendingOf(headless(), { endpoints: false })).toEqual({})
  })
})

describe('names', () => {
  test('of a Service with an address: its own and its ports', () => {
    expect(typesOf(vip(['10.0.0.1', 'fd00::1']))).toEqual({
      'web.ns.svc.': [1, 28, 33],
      '_http._tcp.web.ns.svc.': [1, 28, 33],
      '_tcp.web.ns.svc.': [],
    })
  })

  test('of a Service without addresses: the same, without answers', () => {
    expect(typesOf(vip([]))).toEqual({
      'web.ns.svc.': [],
      '_http._tcp.web.ns.svc.': [],
      '_tcp.web.ns.svc.': [],
    })
  })

  test('of a Service without ports: its own', () => {
    expect(typesOf(vip(['10.0.0.1'], []))).toEqual({ 'web.ns.svc.': [1] })
  })

  test('of a headless Service: also its endpoints', () => {
    expect(typesOf(headless({}))).toEqual({
      'web.ns.svc.': [1, 33],
      '_http._tcp.web.ns.svc.': [1, 33],
      '10-0-0-1.c1.web.ns.svc.': [1, 33],
      '_tcp.web.ns.svc.': [],
      'c1.web.ns.svc.': [],
    })
  })

  test('between a Service and its ports and endpoints: each protocol and cluster once, without answers', () => {
    const dns = (protocol: string): ServicePort => ({ name: 'dns', protocol, port: 53 })
    const view = headless(
      { ports: [HTTP, dns('tcp'), dns('udp')], endpoints: endpoints(3) },
      { cluster: 'C2', endpoints: endpoints(2) },
      { cluster: 'c3', endpoints: [] },
    )
    const between = steps(compileService(view, options)).filter(
      ({ answers }) => answers.length === 0,
    )
    expect(between.map(textOf)).toEqual([
      '_tcp.web.ns.svc.',
      '_udp.web.ns.svc.',
      'c1.web.ns.svc.',
      'c2.web.ns.svc.',
    ])
  })

  test('of a headless Service without endpoints: none', () => {
    expect(namesOf(headless())).toEqual([])
    expect(namesOf(headless({ endpoints: [] }))).toEqual([])
    expect(namesOf(headless({}), { endpoints: false })).toEqual([])
  })

  test('of a namespace: one name without answers', () => {
    expect(compileNamespace('ns', options).map(textOf)).toEqual(['ns.svc.'])
    expect(compileNamespace('ns', options)[0]?.answers).toEqual([])
    expect(compileNamespace('x'.repeat(64), options)).toEqual([])
  })

  test('are lower-case and unique', () => {
    const names = namesOf(
      headless({ cluster: 'C1' }, { cluster: 'c1' }, { endpoints: endpoints(3) }),
    )
    expect(names).toEqual(names.map((name) => name.toLowerCase()))
    expect(new Set(names).size).toBe(names.length)
  })

  test.each(['_tcp', 'a.b', '', 'x'.repeat(64)])(
    'of endpoints are omitted for the cluster id "%s"',
    (cluster) => {
      expect(namesOf(headless({ cluster }))).toEqual([
        'web.ns.svc.',
        '_http._tcp.web.ns.svc.',
        '_tcp.web.ns.svc.',
      ])
    },
  )

  test('that are too long with the zone are omitted, also as SRV targets', () => {
    const view = headless({
      cluster: 'c'.repeat(63),
      endpoints: [{ addresses: ['10.0.0.1'], hostname: 'h'.repeat(63), podName: '', zone: '' }],
    })
    const zoneOf = (length: number) => nameToWire(`${'z'.repeat(63)}.${'z'.repeat(length)}`)!
    const targetSize = (zone: Uint8Array) => {
      const [service] = steps(compileService(view, { ...options, zone }))
      const { bytes } = service!.answers.find(({ type }) => type === 33)!
      return rrEnd(bytes, 0) - 18
    }
    expect(namesOf(view, { zone: zoneOf(50) }).length).toBe(5)
    expect(targetSize(zoneOf(50))).toBe(255)
    expect(namesOf(view, { zone: zoneOf(51) })).toEqual([
      'web.ns.svc.',
      '_http._tcp.web.ns.svc.',
      '_tcp.web.ns.svc.',
    ])
    expect(targetSize(zoneOf(51))).toBe('web.ns.svc.'.length + zoneOf(51).length)
  })

  test('of a Service with an invalid name: none', () => {
    const { service } = vip(['10.0.0.1'])
    const view = { service: { ...service, name: 'x'.repeat(64) }, slices: [] }
    expect(namesOf(view)).toEqual([])
  })

  test('invalid addresses are ignored', () => {
    expect(typesOf(vip(['', 'x', '10.0.0.256', 'fe80::1%eth0', '10.0.0.1']))).toMatchObject({
      'web.ns.svc.': [1, 33],
    })
    expect(namesOf(headless({ addressType: 'IPv6' }))).toEqual([])
  })
})

describe('answers', () => {
  const answersOf = (view: ImportedService, name = 'web.ns.svc.') =>
    steps(compileService(view, options)).find((one) => textOf(one) === name)!.answers

  test('address records have one size, and each address occurs once', () => {
    const [a, aaaa] = answersOf(vip(['10.0.0.1', '10.0.0.2', '10.0.0.1', 'fd00::1', 'fd00:0::1']))
    expect(a).toMatchObject({ answers: 2, additionals: 0, rrSize: 16 })
    expect(a!.bytes.length).toBe(32)
    expect(aaaa).toMatchObject({ answers: 1, additionals: 0, rrSize: 28 })
  })

  test('of addresses are one copy for all names with the same addresses', () => {
    const other = { name: 'dns', protocol: 'udp', port: 53 }
    const view = headless({ ports: [HTTP, other] }, { ports: [HTTP], endpoints: endpoints(2) })
    const names = steps(compileService(view, options))
    const bytes = (name: string) =>
      names.find((one) => textOf(one) === name)!.answers.find(({ type }) => type === 1)!.bytes
    expect(bytes('_http._tcp.web.ns.svc.')).toBe(bytes('web.ns.svc.'))
    expect(bytes('_dns._udp.web.ns.svc.')).not.toEqual(bytes('web.ns.svc.'))
  })

  test('consist of complete records', () => {
    for (const name of steps(compileService(headless({ endpoints: endpoints(20) }), options))) {
      for (const { bytes, answers, additionals } of name.answers) {
        let at = 0
        for (let i = 0; i < answers + additionals; i++) at = rrEnd(bytes, at)
        expect(at).toBe(bytes.length)
      }
    }
  })

  test('the SRV weight is 100 divided by the number of endpoints, at least 1', () => {
    const weight = (count: number) => {
      const [, srv] = answersOf(headless({ endpoints: endpoints(count) }))
      return (srv!.bytes[14]! << 8) | srv!.bytes[15]!
    }
    expect([1, 2, 3, 7, 29, 50, 51, 100, 101, 300].map(weight)).toEqual([
      100, 50, 33, 14, 3, 2, 1, 1, 1, 1,
    ])
  })

  test('an SRV set ends with the first record that exceeds the largest message', () => {
    const [, srv] = answersOf(headless({ endpoints: endpoints(3000) }))
    expect(srv!.bytes.length).toBeGreaterThan(65535 - 12 - 30 - 70)
    expect(srv!.bytes.length).toBeLessThan(65535 + 70)
    expect(srv!.additionals).toBe(0)
  })

  test('have at most as many addresses as the 16-bit count allows', () => {
    const [a] = answersOf(headless({ endpoints: endpoints(70_000) }))
    expect(a).toMatchObject({ answers: 65535, rrSize: 16 })
  })

  test('ten thousand endpoints do not take quadratic time', () => {
    const view = headless({ endpoints: endpoints(10_000) })
    const start = performance.now()
    expect(steps(compileService(view, options)).length).toBe(10_004)
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
