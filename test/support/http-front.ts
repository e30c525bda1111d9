// An HTTP proxy before an API server that can inject faults: a request with a fault never reaches the server. Clients
// use plain HTTP and their own credentials; watches are streamed.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Agent, request } from 'undici'
import type { Cluster } from './cluster.ts'

/** The response instead of the server's; `hang` sends none. */
type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'

/** A request that arrived at the proxy. */
interface FrontRequest {
  readonly method: string
  readonly path: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** The status of the response; undefined before it is sent. */
  status: number | undefined
}

/** A running proxy. */
interface HttpFront {
  readonly url: string
  readonly requests: readonly FrontRequest[]
  /** Sets the function that decides the fault of each request; undefined passes the request on. */
  readonly fail: (fault: (method: string, path: string) => Fault | undefined) => void
  readonly close: () => Promise<void>
}

/** Starts the proxy on loopback. */
export async function startHttpFront(cluster: Cluster): Promise<HttpFront> {
  const agent = new Agent({ connect: { ca: cluster.ca }, allowH2: false, bodyTimeout: 0 })
  const requests: FrontRequest[] = []
  let decideFault: (method: string, path: string) => Fault | undefined = () => undefined

  const pass = async (message: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = message
    const closed = new AbortController()
    response.on('close', () => closed.abort())
    const { host: _host, connection: _connection, ...rest } = headers
    const answer = await request(`${cluster.url}${url}`, {
      method: method as 'GET',
      dispatcher: agent,
      headers: rest,
      ...(method === 'GET' ? {} : { body: message }),
      signal: closed.signal,
    })
    response.writeHead(answer.statusCode, answer.headers)
    response.flushHeaders()
    await pipeline(answer.body, response)
    return answer.statusCode
  }
  const server = createServer((message, response) => {
    const { method = 'GET', url = '/' } = message
    const entry: FrontRequest = { method, path: url, at: Date.now(), status: undefined }
    requests.push(entry)
    const fault = decideFault(method, url)
    if (fault === 'hang') return
    if (fault !== undefined) {
      entry.status = fault.status
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
      response.end(
        JSON.stringify({ kind: 'Status', message: `a fault of the test: ${fault.status}` }),
      )
      return
    }
    response.on('finish', () => {
      entry.status = response.statusCode
    })
    pass(message, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    fail: (fault) => {
      decideFault = fault
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await agent.destroy()
    },
  }
}
