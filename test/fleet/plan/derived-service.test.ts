// The amcs- Service: what it says, and which write leads to it.
import { describe, expect, test } from 'vitest'
import type { DerivedServiceView, ImportView, Port } from '../../../src/fleet/api/types.ts'
import { mergeExports } from '../../../src/fleet/merge/merge-exports.ts'
import { desiredService } from '../../../src/fleet/plan/derived-service.ts'
import { serviceChange } from '../../../src/fleet/plan/service-diff.ts'
import { derivedView, type ExportChange, importView, ports, validExports } from '../fixtures.ts'

const OURS = { 'clusterset-dns.io/service-import': 'web' }
const OWNER = {
  apiVersion: 'multicluster.x-k8s.io/v1alpha1',
  kind: 'ServiceImport',
  name: 'web',
  uid: 'import-uid',
}
const sticky = { sessionAffinity: 'ClientIP', affinityTimeout: 10 }

describe('the desired Service', () => {
  test('of a plain import', () => {
    const merged = mergeExports(validExports({}))
    expect(desiredService(importView(), ports('http:80'), merged, undefined)).toEqual({
      namespace: 'ns',
      name: 'amcs-web',
      labels: OURS,
      ownerReferences: [OWNER],
      type: 'ClusterIP',
      headless: false,
      ports: ports('http:80'),
      sessionAffinity: 'None',
      affinityTimeout: undefined,
      internalTrafficPolicy: 'Cluster',
      trafficDistribution: '',
      ipFamilyPolicy: 'PreferDualStack',
    })
  })

  test.each<[string, Partial<ImportView>, ExportChange, object]>([
    ['takes the affinity of the exports', {}, sticky, sticky],
    [
      'takes the affinity of the import first',
      { sessionAffinity: 'None' },
      sticky,
      { sessionAffinity: 'None', affinityTimeout: undefined },
    ],
    [
      'takes the timeout of the import first',
      { sessionAffinity: 'ClientIP', affinityTimeout: 20 },
      sticky,
      { affinityTimeout: 20 },
    ],
    [
      'takes the timeout of the exports where the import has none',
      { sessionAffinity: 'ClientIP' },
      sticky,
      sticky,
    ],
    [
      'has the default timeout where nobody has one',
      { sessionAffinity: 'ClientIP' },
      {},
      { sessionAffinity: 'ClientIP', affinityTimeout: 10_800 },
    ],
    [
      'has the default timeout in place of an impossible one',
      { sessionAffinity: 'ClientIP', affinityTimeout: 1e9 },
      {},
      { affinityTimeout: 10_800 },
    ],
    [
      'never has internalTrafficPolicy Local',
      { internalTrafficPolicy: 'Local' },
      { internalTrafficPolicy: 'Local' },
      { internalTrafficPolicy: 'Cluster' },
    ],
    [
      'takes the trafficDistribution of the exports',
      {},
      { trafficDistribution: 'PreferClose' },
      { trafficDistribution: 'PreferClose' },
    ],
    [
      'takes the trafficDistribution of the import first',
      { trafficDistribution: 'PreferSameZone' },
      { trafficDistribution: 'PreferClose' },
      { trafficDistribution: 'PreferSameZone' },
    ],
    [
      'of a headless import is headless and without affinity',
      { type: 'Headless', ...sticky },
      {},
      { headless: true, sessionAffinity: 'None', affinityTimeout: undefined },
    ],
  ])('%s', (_rule, serviceImport, exported, wanted) => {
    const merged = mergeExports(validExports(exported))
    const desired = desiredService(importView(serviceImport), ports('http:80'), merged, undefined)
    expect(desired).toMatchObject(wanted)
  })

  test('stays as it is when the last export ends', () => {
    const existing = derivedView({
      ...sticky,
      ports: ports('a:1 b:2'),
      trafficDistribution: 'PreferClose',
    })
    const serviceImport = importView({ ports: [] })
    const desired = desiredService(serviceImport, undefined, undefined, existing)
    expect(serviceChange(serviceImport, desired, existing)).toEqual({ action: 'none' })
  })
})

interface Row {
  name: string
  serviceImport?: Partial<ImportView>
  ports?: readonly Port[]
  existing?: Partial<DerivedServiceView> | 'none'
  wanted: object
}

const id = { name: 'amcs-web', uid: 'service-uid', resourceVersion: '5' }
const update = (...changed: string[]) => ({ action: 'update', id, changed })

describe('the write', () => {
  test.each<Row>([
    { name: 'is none when all is well', wanted: { action: 'none' } },
    { name: 'creates', existing: 'none', wanted: { action: 'create', clusterIPs: [] } },
    {
      name: 'creates again with the addresses that the import has',
      serviceImport: { ips: ['10.96.0.7', 'fd00::7'] },
      existing: 'none',
      wanted: { action: 'create', clusterIPs: ['10.96.0.7', 'fd00::7'] },
    },
    {
      name: 'wishes for one address a family and for no nonsense',
      serviceImport: { ips: ['None', 'x', '10.96.0.7', '10.96.0.8', 'fe80::1%eth0'] },
      existing: 'none',
      wanted: { action: 'create', clusterIPs: ['10.96.0.7'] },
    },
    {
      name: 'waits for ports',
      ports: [],
      existing: 'none',
      wanted: { action: 'wait', reason: 'NoPorts' },
    },
    {
      name: 'does not wait for ports of a headless one',
      serviceImport: { type: 'Headless' },
      ports: [],
      existing: 'none',
      wanted: { action: 'create', clusterIPs: [] },
    },
    {
      name: 'waits while the old one is being deleted',
      existing: { deleting: true },
      wanted: { action: 'wait', reason: 'Deleting' },
    },
    {
      name: 'is none for a name that no Service can have',
      serviceImport: { name: 'a.b' },
      existing: 'none',
      wanted: { action: 'wait', reason: 'InvalidName' },
    },
    {
      name: 'is none for a Service that is not ours',
      existing: { labels: {}, ownerReferences: [], hasSelector: true },
      wanted: { action: 'conflict' },
    },
    {
      name: 'is none for the Service of another import',
      existing: { labels: { 'clusterset-dns.io/service-import': 'other' } },
      wanted: { action: 'conflict' },
    },
    {
      name: 'is none for a foreign one, even one in deletion',
      existing: { labels: {}, ownerReferences: [], deleting: true },
      wanted: { action: 'conflict' },
    },
    {
      name: 'puts a removed label back',
      existing: { labels: { mine: 'x' } },
      wanted: { ...update('labels'), service: { labels: { mine: 'x', ...OURS } } },
    },
    {
      name: 'puts it back even when the import was made anew in the meantime',
      existing: { labels: {}, ownerReferences: [{ ...OWNER, uid: 'old' }] },
      wanted: {
        ...update('labels', 'ownerReferences'),
        service: { labels: OURS, ownerReferences: [OWNER] },
      },
    },
    {
      name: 'is none for what another import owns',
      existing: { labels: {}, ownerReferences: [{ ...OWNER, name: 'other' }] },
      wanted: { action: 'conflict' },
    },
    {
      name: 'names the import that was made anew as owner, and keeps other owners',
      existing: {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'mine', uid: 'u' },
          { ...OWNER, uid: 'old' },
        ],
      },
      wanted: {
        ...update('ownerReferences'),
        service: {
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'mine', uid: 'u' }, OWNER],
        },
      },
    },
    {
      name: 'is none for an owner in another API version',
      existing: { ownerReferences: [{ ...OWNER, apiVersion: 'multicluster.x-k8s.io/v1beta1' }] },
      wanted: { action: 'none' },
    },
    {
      name: 'is none for ports in another order',
      ports: ports('b:2 a:1'),
      existing: { ports: ports('a:1 b:2') },
      wanted: { action: 'none' },
    },
    { name: 'changes ports', existing: { ports: ports('http:81') }, wanted: update('ports') },
    {
      name: 'changes an appProtocol',
      existing: { ports: ports('http:80!grpc') },
      wanted: update('ports'),
    },
    {
      name: 'makes one with a selector anew, which alone ends the slices that the selector brought',
      existing: { hasSelector: true },
      wanted: { action: 'recreate', id, clusterIPs: ['10.96.0.7'] },
    },
    { name: 'takes a node port back', existing: { type: 'NodePort' }, wanted: update('type') },
    {
      name: 'takes external addresses away',
      existing: { externalIPs: ['192.0.2.1'] },
      wanted: update('externalIPs'),
    },
    {
      name: 'makes an ExternalName anew, with the address that the import has',
      serviceImport: { ips: ['10.96.0.7'] },
      existing: { type: 'ExternalName', clusterIPs: [], ipFamilyPolicy: '' },
      wanted: { action: 'recreate', id, clusterIPs: ['10.96.0.7'] },
    },
    {
      name: 'makes an ExternalName anew as a headless one',
      serviceImport: { type: 'Headless' },
      existing: { type: 'ExternalName', clusterIPs: [] },
      wanted: { action: 'recreate', service: { headless: true }, clusterIPs: [] },
    },
    {
      name: 'changes affinity and its config',
      existing: sticky,
      wanted: update('sessionAffinity', 'sessionAffinityConfig'),
    },
    {
      name: 'changes policies',
      existing: {
        internalTrafficPolicy: 'Local',
        trafficDistribution: 'PreferClose',
        ipFamilyPolicy: 'SingleStack',
      },
      wanted: update('internalTrafficPolicy', 'trafficDistribution', 'ipFamilyPolicy'),
    },
    {
      name: 'makes a headless Service anew as one with an address, the last one if it can',
      serviceImport: { ips: ['10.96.0.9'] },
      existing: { clusterIPs: ['None'] },
      wanted: { action: 'recreate', id, clusterIPs: ['10.96.0.9'] },
    },
    {
      name: 'makes a Service with an address anew as a headless one',
      serviceImport: { type: 'Headless' },
      wanted: { action: 'recreate', id, clusterIPs: [], service: { headless: true } },
    },
    {
      name: 'is none for a headless one that is well',
      serviceImport: { type: 'Headless' },
      existing: { clusterIPs: ['None'] },
      wanted: { action: 'none' },
    },
  ])('$name', ({ serviceImport: change, ports: own = ports('http:80'), existing: was, wanted }) => {
    const serviceImport = importView(change)
    const existing = was === 'none' ? undefined : derivedView(was)
    const merged = mergeExports(validExports({}))
    const desired = desiredService(serviceImport, own, merged, existing)
    expect(serviceChange(serviceImport, desired, existing)).toMatchObject(wanted)
  })
})
