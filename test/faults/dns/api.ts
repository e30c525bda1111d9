// A replayed API server for faults: it serves the objects of a small clusterset and cluster as JSON, with lists, streamed
// lists and watches, and misbehaves on command.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { discoveryDocuments, KINDS } from '../../support/discovery-documents.ts'
import { bookmark, event } from '../../support/fake-apiserver.ts'
import type { KeyPair } from '../../support/pki.ts'

const documents = discoveryDocuments(['namespaces', 'services'])

type Body = Readonly<Record<string, unknown>>
interface Stored {
  readonly resource: string
  readonly metadata: { readonly namespace?: string; readonly name: string }
  readonly [field: string]: unknown
}

/** How the server answers; watches that are open when it changes end, but for `silent`. */
export type Conduct =
  | 'right'
  /** It reads requests and answers none; open watches stay open and send nothing. */
  | 'silent'
  /** Every request gets this status. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Every body ends in the middle. */
  | 'half'
  /** Each watch gets 410: its resourceVersion has expired. */
  | 'expired'

export interface Api {
  readonly url: string
  /** Requests for resources so far. */
  readonly requests: () => number
  readonly put: (object: Stored) => void
  readonly remove: (object: Stored) => void
  readonly behave: (conduct: Conduct) => void
  /** Takes the state and the resourceVersion back to those of `snapshot`, as a restore of etcd does. */
  readonly snapshot: () => () => void
  /** Serves this certificate to new connections, and ends the open ones. */
  readonly present: (pair: KeyPair) => void
  /** Closes the listening socket and all connections: connections are refused until `listen`. */
  readonly refuse: () => Promise<void>
  readonly listen: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Watcher {
  readonly resource: string
  readonly response: ServerResponse
}

/** Starts the server on loopback; with TLS if it gets a certificate. */
export async function startApi(objects: readonly Stored[], pair?: KeyPair): Promise<Api> {
  let stored = new Map<string, Stored & { readonly version: number }>()
  let version = 1000
  let conduct: Conduct = 'right'
  let requests = 0
  /** What has happened, oldest first, for watches that resume. */
  let events: { readonly type: string; readonly object: Stored & { readonly version: number } }[] =
    []
  const watchers = new Set<Watcher>()
  const keyOf = ({ resource, metadata: { namespace = '', name } }: Stored) =>
    `${resource} ${namespace}/${name}`
  const bodyOf = ({ resource, version: at, ...rest }: Stored & { version: number }): Body => ({
    ...KINDS[resource],
    ...rest,
    metadata: { ...rest.metadata, resourceVersion: String(at) },
  })
  const announce = (type: string, object: Stored & { version: number }) => {
    events.push({ type, object })
    if (conduct !== 'right') return
    for (const { resource, response } of watchers) {
      if (resource === object.resource) response.write(event(type, bodyOf(object)))
    }
  }
  const of = (resource: string) =>
    [...stored.values()].filter((one) => one.resource === resource).map(bodyOf)

  const send = (response: ServerResponse, body: object) => {
    const text = JSON.stringify(body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
    if (conduct !== 'half') return void response.end(text)
    response.write(text.slice(0, text.length >> 1), () => response.destroy())
  }
  const watch = (url: URL, resource: string, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (conduct === 'half') {
      response.write('{"type":"ADDED","object":{"metadata":{"na', () => response.destroy())
      return
    }
    const from = url.searchParams.get('resourceVersion') ?? ''
    if (conduct === 'expired' && from !== '') {
      response.end(event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' }))
      return
    }
    if (url.searchParams.get('sendInitialEvents') === 'true') {
      for (const object of of(resource)) response.write(event('ADDED', object))
      response.write(bookmark(String(version), true))
    } else {
      for (const { type, object } of events) {
        if (object.resource === resource && object.version > Number(from))
          response.write(event(type, bodyOf(object)))
      }
    }
    const watcher = { resource, response }
    watchers.add(watcher)
    response.once('close', () => watchers.delete(watcher))
  }
  const handle = (message: IncomingMessage, response: ServerResponse) => {
    const url = new URL(message.url ?? '/', 'http://api')
    const resource = url.pathname.split('/').at(-1) ?? ''
    if (KINDS[resource] !== undefined) requests++
    if (conduct === 'silent') return
    if (typeof conduct === 'object') {
      const { status, headers } = conduct
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify({ kind: 'Status', code: status, message: 'a fault' }))
      return
    }
    const document = documents[url.pathname]
    if (KINDS[resource] === undefined || document !== undefined) {
      if (document !== undefined) return send(response, document)
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"kind":"Status","code":404}')
      return
    }
    if (url.searchParams.has('watch')) return watch(url, resource, response)
    const { kind, apiVersion } = KINDS[resource]
    const metadata = { resourceVersion: String(version) }
    send(response, { kind: `${kind}List`, apiVersion, metadata, items: of(resource) })
  }

  const tls = pair === undefined ? undefined : { cert: pair.certificate, key: pair.key }
  const secure = tls && createTlsServer(tls, handle)
  secure?.on('tlsClientError', () => {})
  const server = secure ?? createServer(handle)
  let port = 0
  const listen = async () => {
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as { port: number }).port
  }
  const refuse = async () => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  await listen()
  const put = (object: Stored) => {
    const next = { ...object, version: ++version }
    const known = stored.has(keyOf(object))
    stored.set(keyOf(object), next)
    announce(known ? 'MODIFIED' : 'ADDED', next)
  }
  for (const object of objects) put(object)
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests: () => requests,
    put,
    remove: (object) => {
      stored.delete(keyOf(object))
      announce('DELETED', { ...object, version: ++version })
    },
    behave: (next) => {
      conduct = next
      if (next !== 'silent') for (const { response } of watchers) response.destroy()
    },
    snapshot: () => {
      const kept = new Map(stored)
      const at = version
      return () => {
        stored = new Map(kept)
        version = at
        events = events.filter(({ object }) => object.version <= at)
        server.closeAllConnections()
      }
    },
    present: ({ certificate, key }) => {
      secure?.setSecureContext({ cert: certificate, key })
      server.closeAllConnections()
    },
    listen,
    refuse,
    close: refuse,
  }
}
