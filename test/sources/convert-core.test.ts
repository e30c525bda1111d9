// Services, Pods and EndpointSlices of a cluster become the objects that answers are made of.
import { describe, expect, test } from 'vitest'
import { namespaceFromObject } from '../../src/sources/convert.ts'
import { podFromObject, serviceFromObject } from '../../src/sources/convert-core.ts'
import { slicesFromObject } from '../../src/sources/convert-slice.ts'
import type { ClusterService } from '../../src/sources/objects.ts'
import type { Reads } from '../../src/sources/source-request.ts'
import { EVERYTHING, IMPORTS } from '../support/source-request.ts'

const metadata = { name: 'web', namespace: 'ns' }
const empty: ClusterService = {
  ...metadata,
  kind: 'ClusterIP',
  ips: [],
  ports: [],
  externalName: '',
}
const reasons = ({ problems }: { problems: readonly { reason: string }[] }) =>
  problems.map(({ reason }) => reason)

describe('a Service', () => {
  test.each<[string, object, Partial<ClusterService>]>([
    [
      'with clusterIPs has all of them',
      { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] },
      { ips: ['10.0.0.1', 'fd00::1'] },
    ],
    ['of an old API server has its clusterIP', { clusterIP: '10.0.0.1' }, { ips: ['10.0.0.1'] }],
    ['without an address yet has none', { type: 'ClusterIP', clusterIP: '' }, {}],
    ['with clusterIP None is headless', { clusterIP: 'None' }, { kind: 'Headless' }],
    ['with clusterIPs None is headless', { clusterIPs: ['None'] }, { kind: 'Headless' }],
    [
      'of type ExternalName has only that name, in lower case',
      { type: 'ExternalName', externalName: 'Ext.Example.org', ports: [{ port: 80 }] },
      { kind: 'ExternalName', externalName: 'ext.example.org' },
    ],
    [
      'has its ports in lower case, TCP by default',
      {
        clusterIP: '10.0.0.1',
        ports: [
          { name: 'http', port: 80, targetPort: 'x' },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
      },
      {
        ips: ['10.0.0.1'],
        ports: [
          { name: 'http', protocol: 'tcp', port: 80 },
          { name: 'dns', protocol: 'udp', port: 53 },
        ],
      },
    ],
    [
      'of type NodePort is like ClusterIP',
      { type: 'NodePort', clusterIP: '10.0.0.1' },
      { ips: ['10.0.0.1'] },
    ],
  ])('%s', (_, spec, expected) => {
    const converted = serviceFromObject({ metadata, spec })
    expect(converted).toEqual({ key: 'ns/web', object: { ...empty, ...expected }, problems: [] })
  })

  test.each<[string, unknown, string, boolean]>([
    ['without a name', { spec: {} }, 'metadata', false],
    [
      'with a name that is no label',
      { metadata: { ...metadata, name: 'a.b' }, spec: {} },
      'metadata',
      false,
    ],
    ['without a spec', { metadata }, 'spec', false],
    [
      'of type ExternalName without a name',
      { metadata, spec: { type: 'ExternalName' } },
      'external_name',
      false,
    ],
    ['with an address that is none', { metadata, spec: { clusterIP: 'x' } }, 'ips', true],
    [
      'with a port that is none',
      { metadata, spec: { clusterIP: '10.0.0.1', ports: [{ port: 0 }] } },
      'ports',
      true,
    ],
  ])('%s is reported', (_, raw, reason, isServed) => {
    const converted = serviceFromObject(raw)
    expect(reasons(converted)).toEqual([reason])
    expect(converted.object !== undefined).toBe(isServed)
  })
})

describe('a Pod', () => {
  const pod = (status: object, more: object = {}) => ({
    metadata: { ...metadata, ...more },
    status,
  })

  test.each([
    [
      'has its first IP',
      pod({ podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] }),
      { namespace: 'ns', ip: '10.1.0.1' },
    ],
    ['without an IP has none', pod({ phase: 'Pending' }), 'none'],
    ['with an empty IP has none', pod({ podIP: '' }), 'none'],
    [
      'that is being deleted stays as it is',
      pod({ podIP: '10.1.0.1' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      'unchanged',
    ],
  ])('%s', (_, raw, object) => {
    expect(podFromObject(raw)).toEqual({ key: 'ns/web', object, problems: [] })
  })

  test('has one text for all spellings of its address', () => {
    const { object } = podFromObject(pod({ podIP: 'FD00:0::01' }))
    expect(object).toEqual({ namespace: 'ns', ip: 'fd00::1' })
  })

  test('may have a dotted name: it is not part of a DNS name', () => {
    expect(podFromObject(pod({ podIP: '10.1.0.1' }, { name: 'a.b' })).key).toBe('ns/a.b')
  })

  test.each([
    ['an IP that is none', pod({ podIP: 'x' }), 'ips'],
    ['an IP with a zone', pod({ podIP: 'fe80::1%eth0' }), 'ips'],
    ['a namespace that is no label', pod({ podIP: '10.1.0.1' }, { namespace: 'A' }), 'metadata'],
  ])('with %s is reported', (_, raw, reason) => {
    expect(reasons(podFromObject(raw))).toEqual([reason])
  })
})

describe('an EndpointSlice', () => {
  const slice = (labels: object, more: object = {}) => ({
    metadata: { name: 'web-1', namespace: 'ns', labels, ...more },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        targetRef: { kind: 'Pod', name: 'web-0' },
        zone: 'West-1',
      },
    ],
  })
  const LOCAL = { 'kubernetes.io/service-name': 'web' }
  const IMPORTED = {
    'multicluster.kubernetes.io/service-name': 'imp',
    'multicluster.kubernetes.io/source-cluster': 'c1',
  }
  const services = (labels: object, reads: Reads) => {
    const { imported, local } = slicesFromObject(slice(labels), reads).object ?? {}
    return [
      imported && `${imported.service} ${imported.cluster}`,
      local && `${local.service} ${local.cluster}`,
    ]
  }
  const LOCAL_ONLY = { ...EVERYTHING, imports: false }

  test.each<[string, object, Reads, readonly (string | undefined)[]]>([
    ['of a Service of the cluster', LOCAL, EVERYTHING, [undefined, 'web ']],
    ['of an imported Service', IMPORTED, EVERYTHING, ['imp c1', undefined]],
    ['with both labels belongs to both', { ...LOCAL, ...IMPORTED }, EVERYTHING, ['imp c1', 'web ']],
    [
      'with both labels, where only imports are read',
      { ...LOCAL, ...IMPORTED },
      IMPORTS,
      ['imp c1', undefined],
    ],
    [
      'with both labels, where no imports are read',
      { ...LOCAL, ...IMPORTED },
      LOCAL_ONLY,
      [undefined, 'web '],
    ],
    ['without a label belongs to none', {}, EVERYTHING, [undefined, undefined]],
  ])('%s', (_, labels, reads, expected) => {
    expect(services(labels, reads)).toEqual(expected)
    expect(slicesFromObject(slice(labels), reads).problems).toEqual([])
  })

  test('has names of Pods and topology zones only where they are read', () => {
    const read = (reads: Reads) => slicesFromObject(slice(LOCAL), reads).object?.local?.endpoints[0]
    expect(read(EVERYTHING)).toMatchObject({ podName: 'web-0', zone: 'west-1' })
    const neither = { ...EVERYTHING, podNames: false, zones: false }
    expect(read(neither)).toMatchObject({ podName: '', zone: '' })
  })

  test.each([
    ['another kind', { kind: 'Node', name: 'web-0' }],
    ['a Pod whose name is no label', { kind: 'Pod', name: 'a.b' }],
    ['a name that is a number', { kind: 'Pod', name: 5 }],
  ])('of %s has no name of a Pod', (_, targetRef) => {
    const raw = { ...slice(LOCAL), endpoints: [{ addresses: ['10.1.0.1'], targetRef }] }
    const [endpoint] = slicesFromObject(raw, EVERYTHING).object!.local!.endpoints
    expect(endpoint?.podName).toBe('')
  })

  test.each<[string, unknown, number | undefined]>([
    ['a time', '2026-01-01T00:00:00.5Z', Date.UTC(2026, 0, 1) + 500],
    ['no time', undefined, undefined],
    ['nonsense', 'yesterday', undefined],
  ])('has the time of the change that it follows: %s', (_, value, expected) => {
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': value }
    const { object } = slicesFromObject(slice(LOCAL, { annotations }), EVERYTHING)
    expect(object?.triggeredAt).toBe(expected)
  })

  test('with a label that is no name of a Service is reported', () => {
    expect(
      reasons(slicesFromObject(slice({ 'kubernetes.io/service-name': 'A.b' }), EVERYTHING)),
    ).toEqual(['service_label'])
  })
})

test('a Namespace has its labels, as far as they are texts', () => {
  const labels = { team: 'a', broken: 5 }
  expect(namespaceFromObject({ metadata: { name: 'ns', labels } }).object).toEqual({
    name: 'ns',
    labels: { team: 'a' },
  })
})
