// What a store counts is what its objects take of the heap, with the indexes over them.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EndpointSlice } from '../../src/sources/objects.ts'
import type { Resource } from '../../src/sources/source.ts'
import { Store } from '../../src/sources/store.ts'
import { resourcesOf } from '../../src/sources/watched-resources.ts'
import { memoryLog } from '../support/memory-log.ts'
import { EVERYTHING } from '../support/source-request.ts'

const script = fileURLToPath(new URL('../support/store-child.ts', import.meta.url))

test('no kind of object takes more than a fifth above what it counts', () => {
  const output = execFileSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8' })
  const ratios = Object.entries(JSON.parse(output) as Record<string, number>)
  expect(ratios.length).toBe(15)
  // The smallest objects differ most: a map takes 28 to 56 bytes for an entry.
  expect(ratios.filter(([, ratio]) => ratio > 1.2)).toEqual([])
  // Slices of one Service share the entry that each of them counts, and Pods in the network of their host that of the address.
  expect(ratios.filter(([, ratio]) => ratio < 0.4)).toEqual([])
})

const { log } = memoryLog([])
const open = (maxBytes: number) =>
  new Store({ log, now: () => 0, resources: resourcesOf(EVERYTHING), maxBytes })

/** One change of an object; a value of 0 removes it. */
interface Step {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly value: number
}

/** Makes the change; false when it has no room. */
function apply(store: Store, { resource, namespace, name, value }: Step): boolean {
  const key = resource === 'namespaces' ? namespace : `${namespace}/${name}`
  const ips = Array.from({ length: value - 1 }, (_, i) => `10.0.${value}.${i}`)
  const slice = (service: string): EndpointSlice => ({
    ...{ namespace, name, service, cluster: '', addressType: 'IPv4', ports: [] },
    endpoints: ips.map((ip) => ({ addresses: [ip], hostname: '', podName: '', zone: '' })),
  })
  if (value === 0) {
    store.remove(resource, key, 0)
    return true
  }
  const object = { namespace, name, ips, ports: [] }
  switch (resource) {
    case 'serviceimports':
      return store.putImport(key, { ...object, type: 'ClusterSetIP' }, 0)
    case 'services':
      return store.putService(key, { ...object, kind: 'ClusterIP', externalName: '' }, 0)
    case 'endpointslices':
      return store.putSlices(
        key,
        {
          imported: value % 2 === 0 ? slice(`imported-${value}`) : undefined,
          local: value % 3 === 0 ? slice(`local-${value}`) : undefined,
          triggeredAt: undefined,
        },
        0,
      )
    case 'namespaces':
      return store.putNamespace(key, value === 1 ? undefined : { team: 'x'.repeat(value) }, 0)
    case 'pods':
      return store.putPod(key, value === 1 ? 'none' : { namespace, ip: `10.0.0.${value}` }, 0)
  }
}

test('property: what is counted depends only on the objects that are kept, and is never over the limit', () => {
  const step = fc.record({
    resource: fc.constantFrom(...resourcesOf(EVERYTHING)),
    namespace: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('x', 'y'),
    value: fc.integer({ min: 0, max: 12 }),
  })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(500, 2000, 1e9),
      (steps, limit) => {
        const store = open(limit)
        const kept = new Map<string, Step>()
        for (const one of steps) {
          const name = one.resource === 'namespaces' ? '' : one.name
          const id = `${one.resource} ${one.namespace}/${name}`
          // What has no room is left out, also an object that was kept before.
          if (apply(store, one)) kept.set(id, one)
          else kept.delete(id)
          expect(store.bytes).toBeLessThanOrEqual(limit)
          expect(store.bytes).toBeGreaterThanOrEqual(0)
        }
        const other = open(1e9)
        for (const one of kept.values()) apply(other, one)
        expect(store.bytes).toBe(other.bytes)
        for (const one of kept.values()) apply(store, { ...one, value: 0 })
        expect(store.bytes).toBe(0)
      },
    ),
  )
})
