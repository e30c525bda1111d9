import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Connections, openConnections, withTimeouts } from '../../src/kube/connections.ts'
import type { Credentials } from '../../src/kube/credentials.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

function open(server: string, more: Partial<Credentials> = {}): Connections {
  const connections = openConnections({ server, insecure: false, ...more } as Credentials)
  cleanups.push(() => connections.destroy())
  return connections
}

const never = new AbortController().signal
const get = { method: 'GET', path: '/version?a=1', headers: {}, signal: never } as const

describe('connections to an API server', () => {
  test('are reused, and a GET is retried on a connection that the server closed', async () => {
    let connected = 0
    let requestCount = 0
    const handle: RequestListener = (request, response) => {
      requestCount++
      // The second request on a connection finds it reset.
      if (requestCount === 2) request.socket.resetAndDestroy()
      else response.end(request.url)
    }
    const server = createServer(handle).on('connection', () => connected++)
    const connections = open(await listen(server))
    for (let i = 0; i < 2; i++) {
      expect(await text(await connections.request(get))).toBe('/version?a=1')
    }
    expect([connected, requestCount]).toEqual([2, 3])
  })

  test('do not retry a POST', async () => {
    let requestCount = 0
    const server = createServer((request, response) => {
      if (++requestCount === 1) response.end('ok')
      else request.socket.resetAndDestroy()
    })
    const connections = open(await listen(server))
    await text(await connections.request(get))
    const post = { ...get, method: 'POST', body: '{}' } as const
    await expect(connections.request(post)).rejects.toThrow()
    expect(requestCount).toBe(2)
  })

  test('do not retry a GET whose response body breaks off', async () => {
    let requestCount = 0
    let breakOff = () => {}
    const server = createServer((request, response) => {
      if (++requestCount === 2) breakOff = () => request.socket.resetAndDestroy()
      if (requestCount === 2) response.write('begun')
      else response.end('ok')
    })
    const connections = open(await listen(server))
    await text(await connections.request(get))
    const response = await connections.request(get)
    const [first] = await once(response, 'data')
    expect(String(first)).toBe('begun')
    const broken = once(response, 'close')
    breakOff()
    await expect(broken).rejects.toThrow('aborted')
    expect(await text(await connections.request(get))).toBe('ok')
    expect(requestCount).toBe(3)
  })

  test('continue running requests after retire, and end them after destroy', async () => {
    const server = createServer((_request, response) => response.write('begun'))
    const connections = open(await listen(server))
    const response = await connections.request(get)
    connections.retire()
    const [first] = await once(response, 'data')
    expect(String(first)).toBe('begun')
    connections.destroy()
    await expect(once(response, 'error').then(([error]) => Promise.reject(error))).rejects.toThrow()
  })

  test('call mayStart when the connection is open, and send nothing if it returns false', async () => {
    let requestCount = 0
    const url = await listen(createServer(() => requestCount++))
    const connections = open(url)
    let allowed = true
    const held = connections.request({ ...get, mayStart: () => allowed })
    allowed = false
    await expect(held).rejects.toThrow('GET /version?a=1 was cancelled before it was sent')
    expect(requestCount).toBe(0)
    // Before the TLS handshake is complete, nothing can be sent.
    const hello = Promise.withResolvers<void>()
    const silent = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => {}).once('data', () => hello.resolve())
      }),
    )
    let decided = false
    const stop = new AbortController()
    const mayStart = () => {
      decided = true
      return true
    }
    const waiting = open(silent.replace('http:', 'https:')).request({
      ...get,
      signal: stop.signal,
      mayStart,
    })
    await hello.promise
    expect(decided).toBe(false)
    stop.abort()
    await expect(waiting).rejects.toThrow('aborted')
  })

  test('end a request when its signal aborts', async () => {
    const url = await listen(createTcpServer(() => {}))
    const stop = new AbortController()
    const response = open(url).request({ ...get, signal: stop.signal })
    stop.abort()
    await expect(response).rejects.toThrow('aborted')
  })

  test.each([
    ['http://api.example.test:8080', 'GET http://api.example.test:8080/version?a=1'],
    ['https://api.example.test:6443', 'CONNECT api.example.test:6443'],
  ])('to %s use the configured proxy', async (server, line) => {
    const seen: string[] = []
    const proxy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.end('from the proxy')
    }).on('connect', (request, socket) => {
      seen.push(`${request.method} ${request.url}`)
      socket.end('HTTP/1.1 502 no\r\n\r\n')
    })
    const proxyUrl = await listen(proxy)
    await open(server, { proxyUrl })
      .request(get)
      .catch(() => {})
    expect(seen).toEqual([line])
  })
})

test('a stalled body fails, and a slow one does not', async () => {
  let write = (_text: string) => {}
  const server = createServer((_request, response) => {
    write = (text) => response.write(text)
    write('a')
  })
  const body = withTimeouts(await open(await listen(server)).request(get), 30_000, 300_000)
  expect(String((await body.next()).value)).toBe('a')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  cleanups.push(() => vi.useRealTimers())
  for (const text of ['b', 'c']) {
    const next = body.next()
    vi.advanceTimersByTime(29_999)
    write(text)
    expect(String((await next).value)).toBe(text)
    // The time between reads does not count.
    vi.advanceTimersByTime(60_000)
  }
  const last = body.next()
  vi.advanceTimersByTime(30_000)
  await expect(last).rejects.toThrow('no further data of the response within 30 s')
})

test('a body that trickles fails after its total time', async () => {
  let write = (_text: string) => {}
  const server = createServer((_request, response) => {
    write = (text) => response.write(text)
    write('a')
  })
  const response = await open(await listen(server)).request(get)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  cleanups.push(() => vi.useRealTimers())
  const body = withTimeouts(response, 30_000, 60_000)
  const trickle = async () => {
    for await (const _ of body) {
      vi.advanceTimersByTime(25_000)
      write('b')
    }
  }
  await expect(trickle()).rejects.toThrow('no complete response within 60 s')
})
