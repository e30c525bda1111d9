// An API server of which a test writes every byte: for each request it is handed the URL and the response.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface FakeApiServer {
  readonly url: string
  /** Paths with queries of the requests so far. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

export type Script = (request: URL, response: ServerResponse, message: IncomingMessage) => void

/** Starts it on loopback. */
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

export function bookmark(resourceVersion: string, endsList = false): string {
  const annotations = endsList ? { 'k8s.io/initial-events-end': 'true' } : {}
  return event('BOOKMARK', { metadata: { resourceVersion, annotations } })
}

/** A Namespace, the simplest object that we follow. */
export function namespace(name: string, resourceVersion: string) {
  return { metadata: { name, resourceVersion } }
}
