// The slices that one source cluster contributes to an import.
import { describe, expect, test } from 'vitest'
import type { EndpointView, ImportView } from '../../../src/fleet/api/types.ts'
import { type ImportSource, importedSlices } from '../../../src/fleet/slices/desired-slices.ts'
import { anywhere, importView, ports, serviceView, sliceView } from '../fixtures.ts'

interface Options extends Partial<ImportSource> {
  readonly serviceImport?: Partial<ImportView>
}

function imported({ serviceImport, ...change }: Options) {
  const source = {
    cluster: 'c1',
    service: serviceView(),
    slices: [],
    served: ports('http:80'),
    ...anywhere,
    ...change,
  }
  return importedSlices(importView(serviceImport), source)
}

const endpointsOf = (options: Options) =>
  imported(options).groups.flatMap(({ endpoints }) => endpoints)

describe('slices of an import', () => {
  const labels = {
    'multicluster.kubernetes.io/service-name': 'web',
    'multicluster.kubernetes.io/source-cluster': 'c1',
    'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
    'kubernetes.io/service-name': 'amcs-web',
  }

  test('have both MCS labels, the managed-by label and the name of the derived Service', () => {
    expect(imported({}).labels).toEqual(labels)
  })

  test('have the headless label for a headless import only', () => {
    expect(imported({ serviceImport: { type: 'Headless' } }).labels).toEqual({
      ...labels,
      'service.kubernetes.io/headless': '',
    })
  })

  test('are owned by the import', () => {
    expect(imported({}).ownerReferences).toEqual([
      {
        apiVersion: 'multicluster.x-k8s.io/v1alpha1',
        kind: 'ServiceImport',
        name: 'web',
        uid: 'import-uid',
      },
    ])
  })

  test('have different names when service and cluster names join to the same text', () => {
    const one = imported({ serviceImport: { name: 'a-b' }, cluster: 'c' }).namePrefix
    const other = imported({ serviceImport: { name: 'a' }, cluster: 'b-c' }).namePrefix
    expect(one).toMatch(/^amcs-a-b-c-[0-9a-f]{10}-$/)
    expect(other).not.toBe(one)
  })
})

describe('ports', () => {
  const A = '10.0.0.1'
  const B = '10.0.0.2'
  const headless = serviceView({ headless: true, ports: [] })
  test.each<[string, Options, Record<string, string>]>([
    [
      'are the target ports of the source',
      { slices: [sliceView('http:8080', [A])] },
      { 'http:8080': A },
    ],
    [
      'that the import lacks are left out',
      { slices: [sliceView('http:8080 admin:9090', [A])] },
      { 'http:8080': A },
    ],
    ['that are all left out remove the slice', { slices: [sliceView('web:8080', [A])] }, {}],
    ['with another protocol are left out', { slices: [sliceView('http:8080/UDP', [A])] }, {}],
    [
      'that differ keep slices separate',
      { slices: [sliceView('http:8080', [A]), sliceView('http:8081', [B])] },
      { 'http:8080': A, 'http:8081': B },
    ],
    [
      'that are equal join slices, in any order',
      {
        served: ports('a:1 b:2'),
        slices: [sliceView('b:20 a:10', [A]), sliceView('a:10 b:20', [B])],
      },
      { 'a:10 b:20': `${A} ${B}` },
    ],
    [
      'without a number are left out',
      { slices: [sliceView('http:0', [A]), sliceView('http:x', [B])] },
      {},
    ],
    ['may be unnamed', { served: ports(':80'), slices: [sliceView(':8080', [A])] }, { ':8080': A }],
    [
      'get the name of the import',
      {
        served: [{ ...ports(':80')[0]!, sourceName: 'http' }],
        slices: [sliceView('http:8080', [A])],
      },
      { ':8080': A },
    ],
    [
      'get the appProtocol of the import',
      { served: ports('http:80!grpc'), slices: [sliceView('http:8080!h2c', [A])] },
      { 'http:8080!grpc': A },
    ],
    [
      'keep their own appProtocol where the import has none, if it is valid',
      {
        served: ports('http:80 grpc:81'),
        slices: [sliceView('http:8080!h2c grpc:8081!not/a/name', [A])],
      },
      { 'grpc:8081 http:8080!h2c': A },
    ],
    [
      'may be missing for a headless Service without ports',
      { service: headless, served: [], slices: [sliceView('', [A])] },
      { '': A },
    ],
  ])('%s', (_rule, options, wanted) => {
    const groups = imported(options).groups.map(({ ports: list, endpoints }) => [
      list,
      endpoints.flatMap(({ addresses }) => addresses).join(' '),
    ])
    expect(groups).toEqual(Object.entries(wanted).map(([text, ips]) => [ports(text), ips]))
  })
})

describe('endpoints', () => {
  const A = '10.0.0.1'
  const unready = { ready: false, serving: false, terminating: false }
  const absent = { ready: undefined, serving: undefined, terminating: undefined }
  const dying = { ready: false, serving: true, terminating: true }
  const only = (change: Partial<EndpointView>) => [
    sliceView('http:8080', [{ addresses: [A], ...change }]),
  ]
  const patient = serviceView({ publishNotReadyAddresses: true })

  test.each<[string, Options, readonly Partial<EndpointView>[]]>([
    [
      'keep hostname and zone',
      { slices: only({ hostname: 'web-0', zone: 'z1' }) },
      [{ hostname: 'web-0', zone: 'z1' }],
    ],
    [
      'lose a hostname that is no DNS label',
      { slices: only({ hostname: 'a.b' }) },
      [{ hostname: '' }],
    ],
    ['lose a zone that is no label value', { slices: only({ zone: 'a b' }) }, [{ zone: '' }]],
    [
      'lose the hints of the source cluster',
      { slices: only({ forZones: ['z1'] }) },
      [{ forZones: [] }],
    ],
    ['keep their conditions', { slices: only({ conditions: dying }) }, [{ conditions: dying }]],
    [
      'without conditions are ready and serving',
      { slices: only({ conditions: absent }) },
      [{ conditions: { ready: true, serving: true, terminating: false } }],
    ],
    [
      'without a serving condition serve when they are ready',
      { slices: only({ conditions: { ...absent, ready: false } }) },
      [{ conditions: unready }],
    ],
    [
      'are ready when the Service sets publishNotReadyAddresses',
      { service: patient, slices: only({ conditions: dying }) },
      [{ conditions: { ...dying, ready: true } }],
    ],
    [
      'in several slices are kept once, with the best conditions',
      { slices: [...only({ conditions: unready }), ...only({}), ...only({ conditions: dying })] },
      [{ conditions: { ready: true, serving: true, terminating: false } }],
    ],
    [
      'lose addresses that an EndpointSlice must not have',
      {
        slices: only({ addresses: ['127.0.0.1', A, '169.254.1.1', '0.0.0.0', 'x', 'fd00::1', ''] }),
      },
      [{ addresses: [A] }],
    ],
    [
      'lose addresses that the filter of their cluster refuses',
      {
        slices: only({ addresses: [A, '010.0.0.9'] }),
        refusalOf: ({ text }) => (text === '10.0.0.9' ? 'refused' : undefined),
      },
      [{ addresses: [A] }],
    ],
    ['without a valid address are left out', { slices: only({ addresses: ['10.0.0.256'] }) }, []],
    [
      'have IPv4 addresses without leading zeros, and without the prefix of IPv4-mapped ones (KEP-4858)',
      { slices: only({ addresses: ['010.000.0.01', '::ffff:10.0.0.2', '10.0.0.1'] }) },
      [{ addresses: ['10.0.0.1', '10.0.0.2'] }],
    ],
    [
      'have IPv6 addresses in canonical form; IPv4-mapped ones do not fit (KEP-4858, RFC 5952)',
      {
        slices: [
          sliceView(
            'http:8080',
            ['2001:DB8:0:0::1', '::ffff:10.0.0.2', '2001:db8::1', 'ff12::1', 'ff05::1'],
            { addressType: 'IPv6' },
          ),
        ],
      },
      [{ addresses: ['2001:db8::1'] }],
    ],
    [
      'of IPv6 lose invalid addresses too',
      {
        slices: [
          sliceView(
            'http:8080',
            [{ addresses: ['::1', '::', 'fe80::1', 'fd00::1%eth0', 'fd00::1'] }],
            {
              addressType: 'IPv6',
            },
          ),
        ],
      },
      [{ addresses: ['fd00::1'] }],
    ],
    [
      'with host names as addresses are left out',
      { slices: [sliceView('http:8080', ['example.com'], { addressType: 'FQDN' })] },
      [],
    ],
    [
      'of an imported slice are not exported',
      {
        slices: [
          sliceView('http:8080', [A], {
            labels: { 'multicluster.kubernetes.io/service-name': 'web' },
          }),
        ],
      },
      [],
    ],
    [
      'of any slice manager are kept',
      {
        slices: [
          sliceView('http:8080', [A], {
            labels: { 'endpointslice.kubernetes.io/managed-by': 'me' },
          }),
        ],
      },
      [{ addresses: [A] }],
    ],
  ])('%s', (_rule, options, wanted) => {
    const found = endpointsOf(options)
    expect(found).toHaveLength(wanted.length)
    expect(found).toMatchObject(wanted)
  })

  test('do not depend on the order of slices', () => {
    const slices = [
      ...only({ conditions: unready, hostname: 'a' }),
      ...only({ conditions: unready, hostname: 'b' }),
      sliceView('http:8080', ['10.0.0.9', '10.0.0.3']),
      sliceView('http:8081', ['10.0.0.9']),
    ]
    expect(imported({ slices: slices.toReversed() })).toEqual(imported({ slices }))
  })
})
