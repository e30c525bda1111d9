// Run as a program, with a young generation so large that no garbage is collected: receives the EndpointSlice of 1,000
// endpoints and 20,000 ports as an API server sends it, publishes it, and prints the bytes that were allocated meanwhile.
import { nameToWire } from '../../src/dns/name.ts'
import { decodeObject } from '../../src/kube/protobuf.ts'
import { importedServices } from '../../src/plugins/multicluster/imports.ts'
import { publishContent } from '../../src/plugins/multicluster/publish.ts'
import { ServicesContent } from '../../src/plugins/multicluster/services-content.ts'
import { DEFAULT_LIMITS } from '../../src/plugins/multicluster/size-estimate.ts'
import { slicesFromObject } from '../../src/sources/convert-slice.ts'
import { sliceDecoders } from '../../src/sources/protobuf-slice.ts'
import { Store } from '../../src/sources/store.ts'
import { TableWriter } from '../../src/zone/table-writer.ts'
import { memoryLog } from './memory-log.ts'
import { wrapSlice } from './protobuf-encode.ts'
import { IMPORT_RESOURCES, IMPORTS } from './source-request.ts'

const store = new Store({ log: memoryLog([]).log, now: () => 0, resources: IMPORT_RESOURCES })
for (const resource of IMPORT_RESOURCES) {
  store.beginList(resource)
  store.endList(resource, true, 0)
}
store.flush()
const table = new TableWriter()
const limits = DEFAULT_LIMITS
const zone = nameToWire('clusterset.local.')!
const kind = importedServices(store, { zone, ttl: 5, endpoints: true, limits })
const publication = publishContent({
  content: new ServicesContent({ store, table, limits, kind, onPublished: () => {} }),
  table,
  nowSeconds: () => 1,
  onVisible: () => {},
  onError: (owner, error) => {
    throw new Error(owner, { cause: error })
  },
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
const { key, object } = slicesFromObject(decodeObject(sent, sliceDecoders), IMPORTS)
store.putSlices(key, object!, 0)
store.flush()
await publication.published()
console.log(JSON.stringify({ allocated: memory() - before, published: table.bytesOf('ns/web') }))
