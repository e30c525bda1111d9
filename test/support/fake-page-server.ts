// A small server with the page, a made-up fleet behind it and its events.
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import type {
  MapDocument,
  PageEvents,
  PropagationDocument,
  ServiceRow,
} from '../../src/fleet/page/document.ts'
import {
  countsOf,
  mapDocument,
  missingService,
  propagationDocument,
  serviceDocument,
  servicesDocument,
} from './page-documents.ts'

/** What the page has to work under. */
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export interface FakeFleet {
  map: MapDocument
  rows: readonly ServiceRow[]
  propagation: PropagationDocument
}

/** The state of a fleet with these clusters and services. */
export function fakeFleet(
  clusters: MapDocument['clusters'],
  rows: readonly ServiceRow[],
): FakeFleet {
  return {
    map: mapDocument(clusters, countsOf(rows)),
    rows,
    propagation: propagationDocument(clusters.map(({ name }) => name)),
  }
}

export interface FakePageServer {
  /** "http://127.0.0.1:PORT/" */
  readonly url: string
  /** What the next questions find. */
  readonly fleet: FakeFleet
  /** Addresses that were asked for, without the page itself. */
  readonly asked: readonly string[]
  /** Sends an event to all viewers. */
  readonly send: <Name extends keyof PageEvents>(name: Name, data: PageEvents[Name]) => void
  /** Replaces rows, and tells all viewers. */
  readonly change: (...changed: readonly ServiceRow[]) => void
  /** Ends all streams; while `refuses` new ones are ended at once, too. */
  readonly cut: (refuses: boolean) => void
  readonly close: () => Promise<void>
}

/** Serves `dist/page` and the documents of the fleet on a free loopback port. */
export async function startFakePage(fleet: FakeFleet): Promise<FakePageServer> {
  const dist = new URL('../../dist/page/', import.meta.url)
  const streams = new Set<ServerResponse>()
  const asked: string[] = []
  let refuses = false
  let revision = 1
  const names = () => fleet.map.clusters.map(({ name }) => name)
  const documents: Readonly<Record<string, (query: URLSearchParams) => object>> = {
    '/map.json': () => fleet.map,
    '/services.json': () => servicesDocument(fleet.rows, names(), String(revision)),
    '/propagation.json': () => fleet.propagation,
    '/service.json': (query) => {
      const name = query.get('name') ?? ''
      const row = fleet.rows.find(({ service }) => service === name)
      return row === undefined ? missingService(name) : serviceDocument(row)
    },
  }
  const server = createServer(async (request, response) => {
    const { pathname, searchParams, search } = new URL(request.url ?? '', 'http://page')
    if (refuses) return response.destroy()
    const document = documents[pathname]
    if (document !== undefined) {
      asked.push(pathname + search)
      response.setHeader('content-type', 'application/json')
      return response.end(JSON.stringify(document(searchParams)))
    }
    if (pathname === '/events') {
      asked.push(pathname + search)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      streams.add(response)
      response.on('close', () => streams.delete(response))
      const reset = searchParams.get('since') !== String(revision)
      write(response, 'hello', { time: fleet.map.time, revision: String(revision), reset })
      return
    }
    const file = pathname === '/' ? 'index.html' : pathname.slice(1)
    const body = await readFile(new URL(file, dist)).catch(() => undefined)
    if (body === undefined) return response.writeHead(404).end('not found')
    response.setHeader('content-type', TYPES[extname(file)] ?? 'text/plain')
    response.setHeader('content-security-policy', CSP)
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const send: FakePageServer['send'] = (name, data) => {
    for (const stream of streams) write(stream, name, data)
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    fleet,
    asked,
    send,
    change: (...changed) => {
      const byName = new Map(changed.map((row) => [row.service, row]))
      fleet.rows = fleet.rows.map((row) => byName.get(row.service) ?? row)
      fleet.map = { ...fleet.map, services: countsOf(fleet.rows) }
      revision += 1
      send('services', { revision: String(revision), clusters: names(), changed, removed: [] })
      send('map', { flows: fleet.map.flows, lags: fleet.map.lags, services: fleet.map.services })
    },
    cut: (isRefusing) => {
      refuses = isRefusing
      for (const stream of streams) stream.destroy()
    },
    close: async () => {
      for (const stream of streams) stream.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function write<Name extends keyof PageEvents>(
  response: ServerResponse,
  name: Name,
  data: PageEvents[Name],
): void {
  response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
}
