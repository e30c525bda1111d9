// The routes of the page: its files, the JSON behind each view, and the events. docs/page.md lists them.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { FleetPage } from '../../fleet/page/page.ts'
import type { HttpReply, HttpRoute, HttpRoutes } from '../../runtime/http.ts'
import { jsonReply } from '../json-reply.ts'
import { assetRoutes, builtPage } from './assets.ts'
import { PageFeed } from './feed.ts'
import { guarded, type KnownHosts } from './guard.ts'

type PageOptions = ConstructorParameters<typeof FleetPage>[0] & {
  readonly known: KnownHosts
  /** The folder of the built page; default: that of the build. */
  readonly folder?: string
}

/** The routes, and how to end what they keep open. */
export interface PageRoutes {
  readonly routes: HttpRoutes
  readonly close: () => void
}

export function pageRoutes({ known, folder = builtPage(), ...options }: PageOptions): PageRoutes {
  const page = new FleetPage(options)
  const feed = new PageFeed({ page, clock: options.clock, log: options.log })
  const routes: Readonly<Record<string, HttpRoute>> = {
    ...assetRoutes(folder),
    '/map.json': async () => jsonReply(await page.map()),
    '/services.json': () => ({
      status: 200,
      contentType: 'application/json',
      body: (response) => writeAll(response, page.services()),
    }),
    '/service.json': ({ query }) => {
      const name = query.get('name') ?? ''
      return /^[^/]+\/[^/]+$/.test(name) ? jsonReply(page.service(name)) : nameMissing
    },
    '/propagation.json': () => jsonReply(page.propagation()),
    '/events': (request) => feed.open(request),
  }
  return {
    routes: Object.fromEntries(
      Object.entries(routes).map(([path, route]) => [path, guarded(route, known)]),
    ),
    close: () => {
      feed.close()
      page.close()
    },
  }
}

const nameMissing: HttpReply = { status: 400, body: 'use ?name=NAMESPACE/SERVICE\n' }

/** Writes the pieces as fast as the client reads them. */
async function writeAll(response: ServerResponse, pieces: AsyncIterable<string>): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  for await (const piece of pieces) {
    if (gone.signal.aborted) return
    if (response.write(piece)) continue
    await once(response, 'drain', { signal: gone.signal }).catch(() => {})
  }
  response.end()
}
