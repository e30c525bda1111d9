// Many member clusters in one process: embedded clusters with an HTTP API, each under its own path, with the part of
// the API that the fleet uses. Service `i` is in clusters `i` and `i + 1` (modulo their number), not exported at first.
//
//   node bench/support/simulated-clusters.ts CLUSTERS SERVICES
//
//   POST /bench/export                        exports all Services; responds when done
//   POST /bench/change?service=3&version=1    moves an endpoint in the first cluster of the Service; responds with the
//                                             milliseconds until each cluster had the change, in ascending order
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { FleetResource } from '../../src/fleet/api/records.ts'
import { nestedObject, objectsOf, stringOf, stringsOf } from '../../src/fleet/api/unstructured.ts'
import type { Body } from '../../src/fleet/api/writes.ts'
import { EmbeddedApi, type EmbeddedEvent } from '../../src/fleet/embedded/api.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import { bookmark, event } from '../../test/support/fake-apiserver.ts'
import type { KubeObject } from '../../test/support/kube-client.ts'
import {
  endpointsOf,
  exportOf,
  namespacesOf,
  providerObjects,
  providerSlice,
} from './fleet-objects.ts'
import { type BenchService, benchService } from './objects.ts'

const clusterCount = Number(process.argv[2])
const serviceCount = Number(process.argv[3])

const MCS = '/apis/multicluster.x-k8s.io'
const MCS_NAME = 'multicluster.kubernetes.io/service-name'
const MCS_SOURCE = 'multicluster.kubernetes.io/source-cluster'
const BOOKMARK_MS = 60_000
/** `/api/v1/services`, `/apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/status`. */
const PATH =
  /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>status))?)?$/

interface Simulated {
  readonly id: string
  readonly api: EmbeddedApi
  /** The resourceVersion of the last change. */
  version: string
}

const clusters = Array.from({ length: clusterCount }, (_, i): Simulated => {
  const id = `c${i}`
  const simulated = { id, api: new EmbeddedApi({ name: id, wall: Date.now }), version: '0' }
  simulated.api.subscribe(({ object }) => {
    simulated.version = stringOf(nestedObject(object, 'metadata').resourceVersion)
  })
  return simulated
})

/** Service `index` in the first (`copy` 0) or second (1) of its clusters; all addresses are different. */
function serviceIn(copy: number, index: number, version = 0): BenchService {
  const { endpoints } = benchService(index + copy * serviceCount, version)
  return { ...benchService(index), endpoints }
}

const providers = (index: number) => [0, 1].map((copy) => clusters[(index + copy) % clusterCount]!)
const indexes = Array.from({ length: serviceCount }, (_, i) => i)

function create({ api }: Simulated, resource: FleetResource, object: KubeObject): void {
  api.create(resource, object as unknown as Body, 'user')
}

for (const cluster of clusters) {
  for (const namespace of namespacesOf(serviceCount)) create(cluster, 'namespaces', namespace)
}
for (const index of indexes) {
  for (const [copy, cluster] of providers(index).entries()) {
    create(cluster, 'services', providerObjects(index, false)[0]!)
    create(cluster, 'endpointslices', providerSlice(serviceIn(copy, index)))
  }
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function refuse(response: ServerResponse, error: unknown): void {
  if (!(error instanceof ApiError)) throw error
  const { status = 500, statusReason, message, causes } = error
  const details = { causes: causes.map((reason) => ({ reason })) }
  json(response, { kind: 'Status', code: status, reason: statusReason, message, details }, status)
}

function list(cluster: Simulated, resource: FleetResource, response: ServerResponse): void {
  const metadata = { resourceVersion: cluster.version }
  json(response, { kind: 'List', metadata, items: cluster.api.list(resource) })
}

function watch(
  cluster: Simulated,
  resource: FleetResource,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const { api, version } = cluster
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  if (query.has('sendInitialEvents')) {
    for (const object of api.list(resource)) response.write(event('ADDED', object))
    response.write(bookmark(version, true))
  } else if (query.get('resourceVersion') !== version) {
    // There is no history: only the current resourceVersion can be watched.
    response.end(event('ERROR', { code: 410 }))
    return
  }
  const send = ({ type, resource: changed, object }: EmbeddedEvent) => {
    if (changed === resource) response.write(event(type, object))
  }
  const unsubscribe = api.subscribe(send)
  // Clients treat a stream without events or bookmarks as dead.
  const heartbeat = setInterval(() => response.write(bookmark(cluster.version)), BOOKMARK_MS)
  response.once('close', () => {
    unsubscribe()
    clearInterval(heartbeat)
  })
}

async function write(
  { api }: Simulated,
  message: IncomingMessage,
  path: Readonly<Record<string, string | undefined>>,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Body
  const resource = path.resource as FleetResource
  const key = `${path.namespace}/${path.name}`
  const [manager = ''] = (message.headers['user-agent'] ?? '').split('/')
  try {
    if (path.resource === 'events') {
      api.addEvent(body)
      json(response, body, 201)
    } else if (message.method === 'POST') {
      json(response, api.create(resource, body, manager), 201)
    } else if (message.method === 'PATCH') {
      const subresource = path.subresource === 'status' ? 'status' : ''
      json(response, api.patch(resource, key, body, manager, subresource))
    } else {
      api.delete(resource, key, nestedObject(body, 'preconditions'))
      json(response, { kind: 'Status', status: 'Success' })
    }
  } catch (error) {
    refuse(response, error)
  }
}

/** Resolves to the milliseconds until each cluster had the imported EndpointSlice, in ascending order. */
async function change(index: number, version: number): Promise<readonly number[]> {
  const [provider] = providers(index)
  const service = serviceIn(0, index, version)
  const wanted = service.endpoints.map(({ address }) => address).sort()
  const times: number[] = []
  const startedAt = performance.now()
  const imports = clusters.map(({ api }) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const unsubscribe = api.subscribe(({ type, resource, object }) => {
      if (resource !== 'endpointslices' || type === 'DELETED') return
      const labels = nestedObject(object, 'metadata', 'labels')
      if (labels[MCS_NAME] !== service.name || labels[MCS_SOURCE] !== provider!.id) return
      const addresses = objectsOf(object.endpoints).flatMap((endpoint) =>
        stringsOf(endpoint.addresses),
      )
      if (addresses.sort().join() !== wanted.join()) return
      unsubscribe()
      times.push(performance.now() - startedAt)
      resolve()
    })
    return promise
  })
  const key = `${service.namespace}/${service.name}-abcde`
  provider!.api.patch('endpointslices', key, { endpoints: endpointsOf(service) }, 'user')
  await Promise.all(imports)
  return times
}

async function control(url: URL, response: ServerResponse): Promise<void> {
  if (url.pathname === '/bench/export') {
    for (const index of indexes) {
      for (const cluster of providers(index)) create(cluster, 'serviceexports', exportOf(index))
    }
    json(response, {})
    return
  }
  const number = (name: string) => Number(url.searchParams.get(name))
  json(response, await change(number('service'), number('version')))
}

const groups: Readonly<Record<string, unknown>> = {
  [MCS]: { versions: [{ version: 'v1alpha1' }] },
  [`${MCS}/v1alpha1`]: { resources: [{ name: 'serviceexports' }, { name: 'serviceimports' }] },
}

const server = createServer((message, response) => {
  const url = new URL(message.url ?? '/', 'http://simulated')
  if (url.pathname.startsWith('/bench/')) return void control(url, response)
  const [, id, rest = ''] = /^\/(c\d+)(\/.*)$/.exec(url.pathname) ?? []
  const cluster = clusters.find((candidate) => candidate.id === id)
  const path = PATH.exec(rest)?.groups
  if (message.method !== 'GET' && cluster !== undefined && path !== undefined) {
    return void write(cluster, message, path, response)
  }
  if (groups[rest] !== undefined) return json(response, groups[rest])
  if (rest === '/api/v1/namespaces/kube-system') return json(response, { metadata: { uid: id } })
  if (cluster === undefined || path === undefined || path.name !== undefined) {
    return json(response, { kind: 'Status', code: 404, reason: 'NotFound' }, 404)
  }
  const resource = path.resource as FleetResource
  if (url.searchParams.has('watch')) return watch(cluster, resource, url.searchParams, response)
  list(cluster, resource, response)
})
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`listening on ${typeof address === 'object' ? address?.port : ''}\n`)
})
process.once('SIGTERM', () => process.exit(0))
