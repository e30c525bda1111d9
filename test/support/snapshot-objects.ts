// A store with an object of each kind, and what it has.

import type { SnapshotOrigin } from '../../src/sources/snapshot/format.ts'
import type { Resource } from '../../src/sources/source.ts'
import { Store } from '../../src/sources/store.ts'
import { memoryLog } from './memory-log.ts'
import { EVERYTHING } from './source-request.ts'

export const ALL_RESOURCES: readonly Resource[] = [
  'serviceimports',
  'services',
  'endpointslices',
  'namespaces',
  'pods',
]

export const ORIGIN: SnapshotOrigin = {
  cluster: 'https://10.96.0.1:443 with CA 0123456789abcdef',
  labels: 'app=web',
  reads: EVERYTHING,
}

/** A store without objects. */
export function emptyStore(): Store {
  return new Store({ log: memoryLog([]).log, now: () => 0, resources: ALL_RESOURCES })
}

/** Puts an object of each kind. */
export function putObjects(store: Store): void {
  const ports = [{ name: 'http', protocol: 'tcp', port: 80 }]
  const named = { namespace: 'ns', ips: ['10.0.0.1'], ports }
  const slice = {
    namespace: 'ns',
    name: 'web-1',
    service: 'web',
    cluster: '',
    addressType: 'IPv4',
    ports,
    endpoints: [
      { addresses: ['10.1.0.1'], hostname: 'größe', podName: 'web-0', zone: 'west' },
      { addresses: ['10.1.0.2'], hostname: '', podName: '', zone: '' },
    ],
  } as const
  store.putImport('ns/imp', { ...named, name: 'imp', type: 'ClusterSetIP' }, 0)
  store.putService('ns/web', { ...named, name: 'web', kind: 'ClusterIP', externalName: '' }, 0)
  store.putSlices(
    'ns/web-1',
    { local: slice, imported: { ...slice, service: 'imp', cluster: 'c1' }, triggeredAt: undefined },
    0,
  )
  store.putNamespace('ns', { team: 'a b' }, 0)
  store.putNamespace('plain', undefined, 0)
  store.putPod('ns/web-0', { namespace: 'ns', ip: '10.1.0.1' }, 0)
  store.putPod('ns/web-1', { namespace: 'ns', ip: 'fd00::1' }, 0)
}

/** What a reader of the store sees. */
export function viewOf(store: Store): object {
  return {
    imports: [...store.serviceKeys()].map((key) => store.service(key)),
    services: [...store.localServiceKeys()].map((key) => store.localService(key)),
    namespaces: [...store.namespaces()].sort().map((name) => [name, store.namespaceLabels(name)]),
    pods: [...store.podAddresses()].sort(),
    sizes: ALL_RESOURCES.map((resource) => store.size(resource)),
    bytes: store.bytes,
  }
}
