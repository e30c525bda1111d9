// Run as a program, with a young generation so large that no garbage is collected: receives the EndpointSlice of 1,000
// endpoints and 20,000 ports as an API server sends it, publishes it, and prints the bytes that were allocated meanwhile.
import { nameToWire } from '../../src/dns/name.ts'
import { decodeObject } from '../../src/kube/protobuf.ts'
import { publishZone } from '../../src/plugins/multicluster/publish.ts'
import { DEFAULT_LIMITS } from '../../src/plugins/multicluster/size-estimate.ts'
import { sliceFromObject } from '../../src/sources/convert.ts'
import { sliceDecoders } from '../../src/sources/protobuf-slice.ts'
import { resources, Store } from '../../src/sources/store.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { memoryLog } from './memory-log.ts'
import { wrapSlice } from './protobuf-encode.ts'

const store = new Store({ log: memoryLog([]).log, now: () => 0 })
for (const resource of resources) {
  store.beginList(resource)
  store.endList(resource, true, 0)
}
store.flush()
const table = new TableWriter()
const publication = publishZone({
  store,
  table,
  zone: nameToWire('clusterset.local.')!,
  ttl: 5,
  endpoints: true,
  limits: DEFAULT_LIMITS,
  nowSeconds: () => 1,
  onVisible: () => {},
  onError: (owner, error) => {
    throw new Error(owner, { cause: error })
  },
  onLimited: () => {},
})
const type = 'Headless'
store.putImport('ns/web', { namespace: 'ns', name: 'web', type, ips: [], ports: [] }, 0)
store.flush()
await publication.published()

const labels = {
  'multicluster.kubernetes.io/service-name': 'web',
  'multicluster.kubernetes.io/source-cluster': 'c1',
}
const sent = wrapSlice({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-0', namespace: 'ns', labels },
  addressType: 'IPv4',
  ports: Array.from({ length: 20_000 }, (_, i) => ({
    name: `p${i}`,
    protocol: 'TCP',
    port: 1 + i,
  })),
  endpoints: Array.from({ length: 1000 }, (_, i) => ({ addresses: [`10.0.${i >> 8}.${i & 255}`] })),
})
const memory = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const before = memory()
const { key, object } = sliceFromObject(decodeObject(sent, sliceDecoders))
store.putSlice(key, object!, 0)
store.flush()
await publication.published()
console.log(JSON.stringify({ allocated: memory() - before, published: table.bytesOf('ns/web') }))
