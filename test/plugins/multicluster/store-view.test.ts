// What one zone sees of a store: exposed namespaces, and the resources that it needs.
import { describe, expect, test } from 'vitest'
import type { ExposedNamespaces } from '../../../src/plugins/multicluster/exposed-namespaces.ts'
import { storeView } from '../../../src/plugins/multicluster/store-view.ts'
import type { StoreChange } from '../../../src/sources/source.ts'
import type { Store } from '../../../src/sources/store.ts'
import { EVERYTHING, requestOf } from '../../support/source-request.ts'
import { storeSource } from '../../support/store-source.ts'

const request = requestOf({ kind: 'in-cluster' }, EVERYTHING)
const TEAM: ExposedNamespaces = { labels: [{ key: 'team', operator: 'in', values: ['a'] }] }

function fill(store: Store): void {
  for (const namespace of ['ns1', 'ns2']) {
    const key = `${namespace}/web`
    const object = { namespace, name: 'web', ports: [] }
    store.putService(key, { ...object, kind: 'ClusterIP', ips: ['10.0.0.1'], externalName: '' }, 0)
    store.putImport(key, { ...object, type: 'ClusterSetIP', ips: ['10.9.0.1'] }, 0)
    store.putPod(`${namespace}/p`, { namespace, ip: '10.1.0.1' }, 0)
    store.putNamespace(namespace, { team: namespace === 'ns1' ? 'a' : 'b' }, 0)
  }
}

function start(exposed: ExposedNamespaces) {
  const { store } = storeSource(request, fill)
  const view = storeView(store, ['services'], exposed)
  const changes: StoreChange[] = []
  view.subscribe((change) => void changes.push(change))
  const seen = () => ({
    namespaces: [...view.namespaces()].sort(),
    services: [...view.localServiceKeys()].sort(),
    imports: [...view.serviceKeys()].sort(),
    pods: [...view.podAddresses()].sort(),
  })
  const has = (namespace: string) => [
    view.hasNamespace(namespace),
    view.localService(`${namespace}/web`) !== undefined,
    view.service(`${namespace}/web`) !== undefined,
    view.hasPod(`${namespace}/10.1.0.1`),
  ]
  return { store, changes, seen, has }
}

const NS1 = {
  namespaces: ['ns1'],
  services: ['ns1/web'],
  imports: ['ns1/web'],
  pods: ['ns1/10.1.0.1'],
}

describe('a view of a store', () => {
  test('without a filter has everything', () => {
    const { seen, has } = start({})
    expect(seen().services).toEqual(['ns1/web', 'ns2/web'])
    expect(has('ns2')).toEqual([true, true, true, true])
  })

  test.each<[string, ExposedNamespaces]>([
    ['namespaces', { names: ['ns1', 'gone'] }],
    ['namespace_labels', TEAM],
  ])('with %s has only the objects of exposed ones', (_, exposed) => {
    const { seen, has } = start(exposed)
    expect(seen()).toEqual(NS1)
    expect(has('ns1')).toEqual([true, true, true, true])
    expect(has('ns2')).toEqual([false, false, false, false])
  })

  test('a namespace whose labels change is exposed with all its objects, and no longer', () => {
    const { store, changes, seen } = start(TEAM)
    store.putNamespace('ns2', { team: 'a' }, 1)
    store.flush()
    expect(seen().services).toEqual(['ns1/web', 'ns2/web'])
    const [change] = changes
    expect([
      ...change!.namespaces,
      ...change!.localServices,
      ...change!.services,
      ...change!.pods,
    ]).toEqual(['ns2', 'ns2/web', 'ns2/web', 'ns2/10.1.0.1'])
    store.remove('namespaces', 'ns2', 2)
    store.flush()
    expect(seen()).toEqual(NS1)
    expect([...changes[1]!.localServices]).toEqual(['ns2/web'])
  })

  test('is synced when the resources are listed that the zone needs', () => {
    const { store } = storeSource(request)
    expect(storeView(store, ['services', 'pods'], {}).synced).toBe(true)
    const { store: other } = storeSource(requestOf({ kind: 'in-cluster' }))
    expect(storeView(other, ['services'], {}).synced).toBe(false)
    expect(storeView(other, ['serviceimports'], {}).synced).toBe(true)
  })
})
