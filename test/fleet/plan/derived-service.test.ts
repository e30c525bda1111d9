// The amcs- Service: its desired fields, and the write that creates or updates it.
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
    ['has the affinity of the exports', {}, sticky, sticky],
    [
      'prefers the affinity of the import',
      { sessionAffinity: 'None' },
      sticky,
      { sessionAffinity: 'None', affinityTimeout: undefined },
    ],
    [
      'prefers the timeout of the import',
      { sessionAffinity: 'ClientIP', affinityTimeout: 20 },
      sticky,
      { affinityTimeout: 20 },
    ],
    [
      'has the timeout of the exports if the import has none',
      { sessionAffinity: 'ClientIP' },
      sticky,
      sticky,
    ],
    [
      'has the default timeout if neither import nor exports have one',
      { sessionAffinity: 'ClientIP' },
      {},
      { sessionAffinity: 'ClientIP', affinityTimeout: 10_800 },
    ],
    [
      'has the default timeout instead of an invalid one',
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
      'has the trafficDistribution of the exports',
      {},
      { trafficDistribution: 'PreferClose' },
      { trafficDistribution: 'PreferClose' },
    ],
    [
      'prefers the trafficDistribution of the import',
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

  test('does not change when the last export is deleted', () => {
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
    { name: 'is none for a Service with all desired fields', wanted: { action: 'none' } },
    {
      name: 'creates a missing Service',
      existing: 'none',
      wanted: { action: 'create', clusterIPs: [] },
    },
    {
      name: 'requests the addresses of the import on create',
      serviceImport: { ips: ['10.96.0.7', 'fd00::7'] },
      existing: 'none',
      wanted: { action: 'create', clusterIPs: ['10.96.0.7', 'fd00::7'] },
    },
    {
      name: 'requests one valid address in each family',
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
      name: 'does not wait for ports of a headless Service',
      serviceImport: { type: 'Headless' },
      ports: [],
      existing: 'none',
      wanted: { action: 'create', clusterIPs: [] },
    },
    {
      name: 'waits while the old Service is being deleted',
      existing: { deleting: true },
      wanted: { action: 'wait', reason: 'Deleting' },
    },
    {
      name: 'is none for a name that is not a valid Service name',
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
      name: 'is none for a foreign Service that is being deleted',
      existing: { labels: {}, ownerReferences: [], deleting: true },
      wanted: { action: 'conflict' },
    },
    {
      name: 'restores a removed label',
      existing: { labels: { mine: 'x' } },
      wanted: { ...update('labels'), service: { labels: { mine: 'x', ...OURS } } },
    },
    {
      name: 'restores a removed label even if the import was recreated in the meantime',
      existing: { labels: {}, ownerReferences: [{ ...OWNER, uid: 'old' }] },
      wanted: {
        ...update('labels', 'ownerReferences'),
        service: { labels: OURS, ownerReferences: [OWNER] },
      },
    },
    {
      name: 'is none for a Service that another import owns',
      existing: { labels: {}, ownerReferences: [{ ...OWNER, name: 'other' }] },
      wanted: { action: 'conflict' },
    },
    {
      name: 'sets a recreated import as owner, and keeps other owners',
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
    { name: 'updates ports', existing: { ports: ports('http:81') }, wanted: update('ports') },
    {
      name: 'updates an appProtocol',
      existing: { ports: ports('http:80!grpc') },
      wanted: update('ports'),
    },
    {
      name: 'recreates a Service with a selector, since only that deletes the EndpointSlices of the selector',
      existing: { hasSelector: true },
      wanted: { action: 'recreate', id, clusterIPs: ['10.96.0.7'] },
    },
    {
      name: 'changes a NodePort back to a ClusterIP',
      existing: { type: 'NodePort' },
      wanted: update('type'),
    },
    {
      name: 'removes external addresses',
      existing: { externalIPs: ['192.0.2.1'] },
      wanted: update('externalIPs'),
    },
    {
      name: 'recreates an ExternalName with the address of the import',
      serviceImport: { ips: ['10.96.0.7'] },
      existing: { type: 'ExternalName', clusterIPs: [], ipFamilyPolicy: '' },
      wanted: { action: 'recreate', id, clusterIPs: ['10.96.0.7'] },
    },
    {
      name: 'recreates an ExternalName as a headless Service',
      serviceImport: { type: 'Headless' },
      existing: { type: 'ExternalName', clusterIPs: [] },
      wanted: { action: 'recreate', service: { headless: true }, clusterIPs: [] },
    },
    {
      name: 'updates affinity and its config',
      existing: sticky,
      wanted: update('sessionAffinity', 'sessionAffinityConfig'),
    },
    {
      name: 'updates policies',
      existing: {
        internalTrafficPolicy: 'Local',
        trafficDistribution: 'PreferClose',
        ipFamilyPolicy: 'SingleStack',
      },
      wanted: update('internalTrafficPolicy', 'trafficDistribution', 'ipFamilyPolicy'),
    },
    {
      name: 'recreates a headless Service with an address, if possible the last one',
      serviceImport: { ips: ['10.96.0.9'] },
      existing: { clusterIPs: ['None'] },
      wanted: { action: 'recreate', id, clusterIPs: ['10.96.0.9'] },
    },
    {
      name: 'recreates a Service with an address as a headless one',
      serviceImport: { type: 'Headless' },
      wanted: { action: 'recreate', id, clusterIPs: [], service: { headless: true } },
    },
    {
      name: 'is none for a headless Service with all desired fields',
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
