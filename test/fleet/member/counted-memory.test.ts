// What a member's objects count is what they take of the heap, with the indexes over them.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { FleetResource } from '../../../src/fleet/api/records.ts'
import { ClusterCache } from '../../../src/fleet/member/cluster-cache.ts'

const script = fileURLToPath(new URL('../../support/cache-child.ts', import.meta.url))

test('no kind of object takes more than a tenth above what it counts', () => {
  const output = execFileSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8' })
  const ratios = Object.entries(JSON.parse(output) as Record<string, number>)
  expect(ratios.length).toBe(10)
  // 17.9 for a Service with 100 addresses when only the texts of objects were counted.
  expect(ratios.filter(([, ratio]) => ratio > 1.1)).toEqual([])
  expect(ratios.filter(([, ratio]) => ratio < 0.5)).toEqual([])
}, 300_000)

const metadata = { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '1' }
const ownerReferences = [
  { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceImport', name: 'web', uid: 'i' },
]

test.each<[FleetResource, object]>([
  ['services', { metadata, spec: { clusterIPs: ['10.0.0.1', '10.0.0.1', 'fd00::1'] } }],
  ['services', { metadata: { ...metadata, ownerReferences } }],
  ['serviceimports', { metadata }],
  ['serviceexports', { metadata }],
  ['namespaces', { metadata: { ...metadata, namespace: undefined } }],
  [
    'endpointslices',
    {
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
      endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.1'] }],
    },
  ],
  ['endpointslices', { metadata: { ...metadata, name: 'amcs-web', ownerReferences } }],
])('what one of %s counts is gone with it', (resource, object) => {
  const cache = new ClusterCache('c1')
  cache.put(resource, object)
  expect(cache.bytes).toBeGreaterThan(100)
  const { name, namespace } = (object as { metadata: { name: string; namespace?: string } })
    .metadata
  cache.remove(resource, namespace === undefined ? name : `${namespace}/${name}`)
  expect(cache.bytes).toBe(0)
})
