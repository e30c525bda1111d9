// Which EndpointSlices the index returns for a Service and for an import, and in which order.
import { expect, test } from 'vitest'
import type { SliceRecord } from '../../../src/fleet/api/records.ts'
import { SliceRecordIndex } from '../../../src/fleet/member/slice-index.ts'
import { endpoint, ports } from '../fixtures.ts'

const record = (name: string, change: Partial<SliceRecord> = {}): SliceRecord => ({
  namespace: 'ns',
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  addressType: 'IPv4',
  ports: ports('http:80'),
  endpoints: [endpoint('10.0.0.1')],
  labels: { 'kubernetes.io/service-name': 'web' },
  ownerReferences: [],
  deleting: false,
  ...change,
})
const imported = (name: string) =>
  record(name, {
    labels: {
      'multicluster.kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
    },
  })

function indexOf(...slices: readonly SliceRecord[]) {
  const index = new SliceRecordIndex({ bytes: 0 })
  for (const slice of slices) index.set(`ns/${slice.name}`, slice)
  return index
}
const names = (slices: Iterable<SliceRecord>) => [...slices].map(({ name }) => name).join(' ')

test('the slices of a Service are read back as they were stored', () => {
  const slices = [record('a'), record('b', { endpoints: [] })]
  const index = indexOf(...slices)
  expect([...index.ofService('ns/web')]).toEqual(slices)
  expect([...index.ofService('ns/web')]).toEqual(slices)
})

test.each<[string, readonly SliceRecord[]]>([
  ['in order', [record('z'), record('a', { creationTimestamp: '2026-01-01T00:00:01Z' })]],
  ['in another order', [record('a', { creationTimestamp: '2026-01-01T00:00:01Z' }), record('z')]],
])('the oldest slice of a Service is the first, when they arrive %s', (_, slices) => {
  expect(names(indexOf(...slices).ofService('ns/web'))).toBe('z a')
})

test('slices of the same second, and imported slices, are in the order of their names', () => {
  const index = indexOf(record('b'), imported('d'), record('a'), imported('c'))
  expect(names(index.ofService('ns/web'))).toBe('a b')
  expect(names(index.ofImport('ns/web'))).toBe('c d')
})

test('a slice that was replaced or deleted is not returned', () => {
  const index = indexOf(record('a'), record('b'), record('c'), imported('d'))
  index.set('ns/a', record('a', { creationTimestamp: '2026-02-01T00:00:00Z' }))
  expect(names(index.ofService('ns/web'))).toBe('b c a')
  index.set('ns/b', record('b', { labels: {} }))
  index.delete('ns/c')
  index.delete('ns/c')
  expect(names(index.ofService('ns/web'))).toBe('a')
  index.delete('ns/a')
  index.delete('ns/d')
  expect(names(index.ofService('ns/web')) + names(index.ofImport('ns/web'))).toBe('')
  expect([...index.importKeys()]).toEqual([])
})

test('a record keeps its endpoints when the slice changes before they are read', () => {
  const index = indexOf(record('a'))
  const [before] = index.ofService('ns/web')
  index.set('ns/a', record('a', { endpoints: [endpoint('10.0.0.2')] }))
  index.delete('ns/a')
  expect(before!.endpoints).toEqual([endpoint('10.0.0.1')])
})
