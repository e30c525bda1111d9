// A fake API server whose responses a test writes byte by byte.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** A running fake API server. */
export interface FakeApiServer {
  readonly url: string
  /** Path and query of each request so far. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

/** Handles one request. */
export type Script = (request: URL, response: ServerResponse, message: IncomingMessage) => void

/** Starts the server on loopback. */
export async function startFakeApiServer(script: Script): Promise<FakeApiServer> {
  const requests: string[] = []
  const server = createServer((message, response) => {
    const url = new URL(message.url ?? '/', 'http://fake')
    requests.push(`${url.pathname}${url.search}`)
    script(url, response, message)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** One line of a watch. */
export function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`
}

/** A bookmark event; with `endsList` the one that ends a streamed list. */
export function bookmark(resourceVersion: string, endsList = false): string {
  const annotations = endsList ? { 'k8s.io/initial-events-end': 'true' } : {}
  return event('BOOKMARK', { metadata: { resourceVersion, annotations } })
}

/** A Namespace, the simplest watched object. */
export function namespace(name: string, resourceVersion: string) {
  return { metadata: { name, resourceVersion } }
}
