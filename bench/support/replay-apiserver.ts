// An API server with minimal CPU cost: it serves lists and watches of a generated clusterset from bytes that it encodes
// at start, and generates changes at a given rate. So benchmarks of DNS servers do not measure etcd. It supports JSON
// and protobuf, paged lists, streamed lists and bookmarks, as client-go and our client use them.
//
//   node bench/support/replay-apiserver.ts IMPORTS [PORT] [SERVICES] [LARGE]
//
// IMPORTS ServiceImports with their EndpointSlices; SERVICES Services with an EndpointSlice and a Pod each (default 0).
// LARGE endpoints of one more Headless Service, `large` in ns-0 (default 0: no such Service).
//
//   POST /bench/rate?perSecond=500    sets the rate of changes; 0 stops them
//   POST /bench/touch?service=3       changes one ServiceImport; responds with its new address
//   POST /bench/expire                ends all watches and expires their resourceVersions
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { discoveryDocuments } from '../../test/support/discovery-documents.ts'
import {
  jsonBookmark,
  jsonEvent,
  listEnvelope,
  protobufBookmark,
  protobufEvent,
  protobufList,
  toProtobuf,
} from './encode.ts'
import { largeService, localSliceObject, podObject, serviceObject } from './local-objects.ts'
import { benchService, importObject, NAMESPACES, namespaceObject, sliceObject } from './objects.ts'

const BOOKMARK_MS = 60_000
const TICK_MS = 10
/** Objects in one write of a list. */
const CHUNK = 200

interface Collection {
  readonly kind: string
  readonly json: string[]
  /** The protobuf messages; empty for custom resources. */
  readonly protobuf: Buffer[]
}

interface Watcher {
  readonly collection: Collection
  readonly response: ServerResponse
  readonly protobuf: boolean
}

const count = Number(process.argv[2] ?? 1000)
const versions = new Uint8Array(count)
const local = Number(process.argv[4] ?? 0)
let resourceVersion = 10 + count + local
/** Watches from an older resourceVersion get 410 (Expired). */
let oldestVersion = 0
const watchers = new Set<Watcher>()

const collections: Readonly<Record<string, Collection>> = {
  serviceimports: { kind: 'ServiceImport', json: [], protobuf: [] },
  endpointslices: { kind: 'EndpointSlice', json: [], protobuf: [] },
  namespaces: { kind: 'Namespace', json: [], protobuf: [] },
  services: { kind: 'Service', json: [], protobuf: [] },
  pods: { kind: 'Pod', json: [], protobuf: [] },
}
const { serviceimports, endpointslices, namespaces } = collections as Record<string, Collection>
for (let i = 0; i < count; i++) {
  const service = benchService(i)
  serviceimports!.json.push(JSON.stringify(importObject(service, 10 + i)))
  const slice = sliceObject(service, 10 + i)
  endpointslices!.json.push(JSON.stringify(slice))
  endpointslices!.protobuf.push(toProtobuf(slice))
}
for (let i = 0; i < local; i++) {
  const version = 10 + count + i
  for (const [name, object] of [
    ['services', serviceObject(i, version)],
    ['endpointslices', localSliceObject(i, version)],
    ['pods', podObject(i, version)],
  ] as const) {
    collections[name]!.json.push(JSON.stringify(object))
    collections[name]!.protobuf.push(toProtobuf(object))
  }
}
const large = Number(process.argv[5] ?? 0)
for (const object of large > 0 ? largeService(large) : []) {
  const { json, protobuf } = collections[object.kind === 'Service' ? 'services' : 'endpointslices']!
  json.push(JSON.stringify(object))
  protobuf.push(toProtobuf(object))
}
for (let i = 0; i < NAMESPACES; i++) {
  const namespace = namespaceObject(i)
  namespaces!.json.push(JSON.stringify(namespace))
  namespaces!.protobuf.push(toProtobuf(namespace))
}

const documents = discoveryDocuments(['namespaces', 'services', 'pods', 'nodes'])

async function write(response: ServerResponse, chunk: string | Buffer): Promise<void> {
  if (response.write(chunk) || response.destroyed) return
  await new Promise<void>((done) => {
    const go = () => {
      response.off('drain', go)
      response.off('close', go)
      done()
    }
    response.on('drain', go)
    response.on('close', go)
  })
}

async function list(url: URL, response: ServerResponse, collection: Collection, binary: boolean) {
  const start = Number(url.searchParams.get('continue') ?? 0)
  const limit = Number(url.searchParams.get('limit') ?? 0)
  const end = limit === 0 ? collection.json.length : start + limit
  const next = end < collection.json.length ? String(end) : ''
  const { kind } = collection
  if (binary) {
    response.setHeader('content-type', 'application/vnd.kubernetes.protobuf')
    const items = collection.protobuf.slice(start, end)
    response.end(protobufList(kind, resourceVersion, next, items))
    return
  }
  response.setHeader('content-type', 'application/json')
  const { head, tail } = listEnvelope(kind, resourceVersion, next)
  await write(response, head)
  for (let at = start; at < Math.min(end, collection.json.length); at += CHUNK) {
    const items = collection.json.slice(at, Math.min(end, at + CHUNK))
    await write(response, `${at === start ? '' : ','}${items.join(',')}`)
  }
  response.end(tail)
}

async function watch(url: URL, response: ServerResponse, collection: Collection, binary: boolean) {
  const { kind, json, protobuf } = collection
  const from = Number(url.searchParams.get('resourceVersion') ?? 0)
  if (from > 0 && from < oldestVersion) {
    response.writeHead(410, { 'content-type': 'application/json' })
    response.end('{"kind":"Status","status":"Failure","reason":"Expired","code":410}')
    return
  }
  const type = binary ? 'vnd.kubernetes.protobuf;stream=watch' : 'json'
  response.setHeader('content-type', `application/${type}`)
  response.flushHeaders()
  if (url.searchParams.get('sendInitialEvents') === 'true') {
    for (let at = 0; at < json.length; at += CHUNK) {
      const chunk = binary
        ? Buffer.concat(
            protobuf.slice(at, at + CHUNK).map((raw) => protobufEvent('ADDED', kind, raw)),
          )
        : json
            .slice(at, at + CHUNK)
            .map((text) => jsonEvent('ADDED', text))
            .join('')
      await write(response, chunk)
    }
    bookmark({ collection, response, protobuf: binary }, true)
  }
  const watcher = { collection, response, protobuf: binary }
  watchers.add(watcher)
  response.once('close', () => watchers.delete(watcher))
}

function bookmark({ collection: { kind }, response, protobuf }: Watcher, endsList = false): void {
  const encode = protobuf ? protobufBookmark : jsonBookmark
  response.write(encode(kind, resourceVersion, endsList))
}

function announce(collection: Collection, index: number): void {
  const { kind, json, protobuf } = collection
  let asJson: string | undefined
  let asProtobuf: Buffer | undefined
  for (const watcher of watchers) {
    if (watcher.collection !== collection) continue
    if (watcher.protobuf) {
      asProtobuf ??= protobufEvent('MODIFIED', kind, protobuf[index]!)
      watcher.response.write(asProtobuf)
    } else {
      asJson ??= jsonEvent('MODIFIED', json[index]!)
      watcher.response.write(asJson)
    }
  }
}

/** Moves an address of Service `index`, in its ServiceImport or its EndpointSlice. */
function change(index: number, ofImport: boolean): void {
  versions[index]!++
  resourceVersion++
  const service = benchService(index, versions[index])
  if (ofImport && !service.headless) {
    serviceimports!.json[index] = JSON.stringify(importObject(service, resourceVersion))
    announce(serviceimports!, index)
    return
  }
  const slice = sliceObject(service, resourceVersion)
  endpointslices!.json[index] = JSON.stringify(slice)
  endpointslices!.protobuf[index] = toProtobuf(slice)
  announce(endpointslices!, index)
}

let perSecond = 0
let due = 0
let nextIndex = 0
let last = performance.now()
setInterval(() => {
  const now = performance.now()
  due += ((now - last) * perSecond) / 1000
  last = now
  for (; due >= 1; due--) {
    // A step that is coprime to the usual counts reaches all Services.
    nextIndex = (nextIndex + 7919) % count
    change(nextIndex, nextIndex % 2 === 0)
  }
}, TICK_MS)
setInterval(() => {
  for (const watcher of watchers) bookmark(watcher)
}, BOOKMARK_MS).unref()

function control(url: URL, response: ServerResponse): void {
  if (url.pathname === '/bench/rate') {
    perSecond = Number(url.searchParams.get('perSecond'))
    response.end('ok')
  } else if (url.pathname === '/bench/touch') {
    const index = Number(url.searchParams.get('service'))
    change(index, true)
    response.end(benchService(index, versions[index]).ips[0])
  } else if (url.pathname === '/bench/expire') {
    oldestVersion = ++resourceVersion
    for (const watcher of watchers) watcher.response.end()
    response.end('ok')
  } else {
    response.writeHead(404).end()
  }
}

const server = createServer((request: IncomingMessage, response) => {
  const url = new URL(request.url ?? '/', 'http://replay')
  if (request.method === 'POST') return control(url, response)
  const document = documents[url.pathname]
  const collection = collections[url.pathname.split('/').at(-1) ?? '']
  if (document !== undefined && !url.searchParams.has('watch')) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(document))
    return
  }
  if (collection === undefined) {
    response
      .writeHead(404, { 'content-type': 'application/json' })
      .end('{"kind":"Status","code":404}')
    return
  }
  const binary =
    String(request.headers.accept).includes('protobuf') && collection !== serviceimports
  const isWatch = ['1', 'true'].includes(url.searchParams.get('watch') ?? '')
  void (isWatch ? watch : list)(url, response, collection, binary)
})
server.requestTimeout = 0
server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`listening on ${typeof address === 'object' ? address?.port : ''}\n`)
})
process.once('SIGTERM', () => process.exit(0))
