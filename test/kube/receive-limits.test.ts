// What a server sends is bounded: a response, an event of a watch, all that is incomplete at once, and a whole list.
import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ApiClient } from '../../src/kube/api-client.ts'
import type { ApiError } from '../../src/kube/api-error.ts'
import { fullClientDeps } from '../../src/kube/client-deps.ts'
import { keyOf } from '../../src/kube/fields.ts'
import { ReceiveBuffers } from '../../src/kube/receive-buffer.ts'
import type { ReceiveLimits } from '../../src/kube/receive-limits.ts'
import { runReflector } from '../../src/kube/reflector.ts'
import { wireFormat } from '../../src/kube/wire-format.ts'
import { writeEndlessly } from '../support/endless.ts'
import { bookmark, event, type Script, startFakeApiServer } from '../support/fake-apiserver.ts'
import { handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'

const limits: ReceiveLimits = {
  responseBytes: 100_000,
  bufferedBytes: 250_000,
  listBytes: 2_000_000,
  remedy: 'raise the limit',
}

async function connect(script: Script, responseMs = 300_000) {
  const server = await startFakeApiServer(script)
  const clock = handClock()
  const { log } = memoryLog([])
  const deps = fullClientDeps({ log, clock, random: () => 0, limits, responseMs })
  const client = new ApiClient({ kind: 'endpoint', url: server.url }, deps)
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  const read = () =>
    client.read({
      info: { verb: 'get', resource: 'version', group: '' },
      path: '/version',
      accept: 'application/json',
      signal: AbortSignal.timeout(30_000),
    })
  return { server, clock, deps, client, read }
}

describe('a response', () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ['that never ends', (response) => writeEndlessly(response, () => '[{}],'.repeat(1000))],
    ['of endless chunks of one byte', (response) => writeEndlessly(response, () => '[')],
    ['larger than the limit', (response) => response.end(`"${'x'.repeat(100_000)}"`)],
  ])('%s is too large, with server, limit and cure', async (_, send) => {
    const { read, server } = await connect((_url, response) => {
      response.setHeader('content-type', 'application/json')
      send(response)
    })
    await expect(read()).rejects.toMatchObject({
      reason: 'too_large',
      code: 'API_TOO_LARGE',
      message: `get version: the response of ${server.url} is larger than 0.1 MB; raise the limit`,
    })
  })

  test('of exactly the limit is read', async () => {
    const { read } = await connect((_url, response) => response.end(`"${'x'.repeat(99_998)}"`))
    expect(await read()).toHaveLength(99_998)
  })

  test('with an error status is read up to a bound, and the status is reported', async () => {
    const { read } = await connect((_url, response) => {
      response.writeHead(500)
      writeEndlessly(response, () => 'x'.repeat(1000))
    })
    await expect(read()).rejects.toMatchObject({ reason: 'server_error', status: 500 })
  })

  test('that trickles ends after the time for a whole response', async () => {
    const { read } = await connect((_url, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    }, 200)
    await expect(read()).rejects.toMatchObject({ reason: 'timeout' })
  })
})

test('JSON with more values than any list has is too large', () => {
  const json = wireFormat('application/json', undefined)
  const rest = new ReceiveBuffers(limits).open('an event')
  const many = Buffer.from(`[${'{},'.repeat(400_000)}1]`)
  expect(() => json.decode(many)).toThrow('it has more than 600000 values')
  for (const text of ['x', ',', '[{', '\\"', '\\\\']) {
    const few = Buffer.from(`["${text.repeat(1_000_000)}"]`)
    expect(json.decode(few)).toHaveLength(1)
  }
  const after = Buffer.from(`["${'\\"'.repeat(300_000)}",${'[],'.repeat(400_000)}1]`)
  expect(() => json.decode(after)).toThrow('it has more than 600000 values')
  const line = Buffer.from(`${'['.repeat(99_999)}\n`)
  expect(() => [...json.events(rest).push(line)]).toThrow('a line of the watch is not JSON')
})

test('incomplete responses of one server share a limit, until they are complete', () => {
  const buffers = new ReceiveBuffers(limits)
  const open = ['a', 'b', 'c'].map((name) => buffers.open(name))
  open[0]!.append(Buffer.alloc(100_000))
  open[1]!.append(Buffer.alloc(100_000))
  const append = () => open[2]!.append(Buffer.alloc(100_000))
  expect(append).toThrow(
    'c, with all others at the same time, is larger than 0.25 MB; raise the limit',
  )
  expect(open[0]!.take()).toHaveLength(100_000)
  append()
  open[1]!.release()
  open[0]!.append(Buffer.alloc(50_000))
})

/** A reflector of Services whose objects are collected by key. */
async function startReflector(script: Script) {
  const { server, clock, deps, client } = await connect(script)
  const stop = new AbortController()
  const keys = new Set<string>()
  const errors: ApiError[] = []
  const lists: boolean[] = []
  const running = runReflector({
    client,
    sink: { beginList: () => {}, endList: (_, complete) => lists.push(complete), flush: () => {} },
    deps,
    signal: stop.signal,
    find: async () => ({
      resource: 'services',
      group: '',
      path: '/api/v1/services',
      query: '',
      acceptList: 'application/json',
      acceptWatch: 'application/json',
      put: (raw) => keys.add(keyOf(raw)),
      remove: () => {},
    }),
    onState: (error) => error && errors.push(error),
    onEvent: () => {},
    onRelist: () => {},
  })
  onTestFinished(async () => {
    stop.abort()
    await running
  })
  return { server, clock, keys, errors, lists }
}

/** Services that a list returns in pages. */
function pagesOf(items: readonly unknown[]): Script {
  return (url, response) => {
    if (url.searchParams.has('sendInitialEvents')) return void response.writeHead(400).end('{}')
    if (url.searchParams.has('watch')) return response.flushHeaders()
    const from = Number(url.searchParams.get('continue') ?? 0)
    const to = Math.min(items.length, from + Number(url.searchParams.get('limit')))
    const next = to < items.length ? { continue: String(to) } : {}
    response.end(
      JSON.stringify({ metadata: { resourceVersion: '9', ...next }, items: items.slice(from, to) }),
    )
  }
}

const named = (i: number, size = 0) => ({
  metadata: { name: `s${i}`, namespace: 'ns', resourceVersion: '1' },
  note: 'x'.repeat(size),
})

describe('a list', () => {
  test('whose pages are too large is read in smaller pages', async () => {
    const items = Array.from({ length: 60 }, (_, i) => named(i, 9000))
    const { keys, errors, lists, server } = await startReflector(pagesOf(items))
    await waitFor('the list', () => lists.length === 1)
    expect([keys.size, lists, errors]).toEqual([60, [true], []])
    const sizes = server.requests.flatMap((path) => /limit=(\d+)/.exec(path)?.[1] ?? [])
    expect(sizes.slice(0, 5)).toEqual(['500', '100', '20', '4', '5'])
  })

  test('of large objects has larger pages again where the objects are small', async () => {
    const large = Array.from({ length: 10 }, (_, i) => named(i, 60_000))
    const small = Array.from({ length: 1000 }, (_, i) => named(10 + i))
    const { keys, lists, server } = await startReflector(pagesOf([...large, ...small]))
    await waitFor('the list', () => lists.length === 1)
    expect(keys.size).toBe(1010)
    expect(server.requests.length).toBeLessThan(50)
  })

  test('with an object over the limit fails, asks for one object, and is retried after a minute', async () => {
    const { errors, lists, server, clock } = await startReflector(pagesOf([named(0, 100_000)]))
    await waitFor('the failure', () => errors.length === 1)
    expect(lists).toEqual([false])
    expect(errors[0]).toMatchObject({
      reason: 'too_large',
      message: `list services: the response of ${server.url} is larger than 0.1 MB; raise the limit (a page of one object)`,
    })
    expect(server.requests.at(-1)).toContain('limit=1')
    await waitFor('the wait', () => clock.waiting.length > 0)
    expect(clock.waiting).toEqual([60_000])
  })

  test.each<[string, (i: number) => unknown[]]>([
    ['without objects', () => []],
    ['with the same object', () => [named(0)]],
    ['with new objects', (i) => [named(i, 1000)]],
  ])('of endless pages %s ends', async (_, items) => {
    let pages = 0
    const { errors } = await startReflector((url, response) => {
      if (url.searchParams.has('sendInitialEvents')) return void response.writeHead(400).end('{}')
      const metadata = { resourceVersion: '9', continue: 'more' }
      response.end(JSON.stringify({ metadata, items: items(pages++) }))
    })
    await waitFor('the failure', () => errors.length === 1)
    expect(errors[0]?.message).toBe('the list of services is larger than 2 MB; raise the limit')
    expect(pages).toBeLessThan(30)
  })

  test('that is streamed without end ends', async () => {
    const { errors, lists } = await startReflector((_url, response) => {
      writeEndlessly(response, (i) => event('ADDED', named(i, 1000)))
    })
    await waitFor('the failure', () => errors.length === 1)
    expect(errors[0]?.message).toBe('the list of services is larger than 2 MB; raise the limit')
    expect(lists).toEqual([false])
  })

  test('that trickles as a stream ends after ten minutes', async () => {
    let stream: ServerResponse | undefined
    const { errors, keys, clock } = await startReflector((_url, response) => {
      stream = response
      response.write(event('ADDED', named(0)))
    })
    await waitFor('the first object', () => keys.size === 1)
    for (let i = 1; i <= 11; i++) {
      clock.advance(60_000)
      stream?.write(event('ADDED', named(i)))
      await waitFor('the next object', () => keys.size === i + 1)
    }
    await waitFor('the failure', () => errors.length === 1)
    expect(errors[0]).toMatchObject({ reason: 'timeout' })
    expect(errors[0]?.message).toContain('did not complete the list of services in 600 s')
  })
})

describe('a watch', () => {
  const watching =
    (send: (response: ServerResponse) => void): Script =>
    (url, response) => {
      if (url.searchParams.has('sendInitialEvents')) {
        response.write(event('ADDED', named(0)) + bookmark('10', true))
        send(response)
      } else response.end('{}')
    }

  test.each<[string, (response: ServerResponse) => void]>([
    ['an event that never ends', (r) => writeEndlessly(r, () => 'x'.repeat(1000))],
    ['an event over the limit', (r) => r.write(event('ADDED', named(1, 100_000)))],
    ['endless chunks of one byte', (r) => writeEndlessly(r, () => 'x')],
  ])('with %s fails, and keeps its objects', async (_, send) => {
    const { errors, keys, server } = await startReflector(watching(send))
    await waitFor('the failure', () => errors.length === 1)
    expect(errors[0]).toMatchObject({
      reason: 'too_large',
      message: `watch services: an event of ${server.url} is larger than 0.1 MB; raise the limit`,
    })
    expect([...keys]).toEqual(['ns/s0'])
  })

  test('that reports an error with an endless text has a short message', async () => {
    const status = { code: 500, message: 'x'.repeat(90_000) }
    const { errors } = await startReflector(watching((r) => r.write(event('ERROR', status))))
    await waitFor('the failure', () => errors.length === 1)
    expect(errors[0]!.message.length).toBeLessThan(400)
  })

  test('ignores objects whose names are longer than Kubernetes allows', async () => {
    expect(keyOf({ metadata: { name: 'x'.repeat(253), namespace: 'ns' } })).toHaveLength(256)
    expect(keyOf({ metadata: { name: 'x'.repeat(254), namespace: 'ns' } })).toBe('')
    expect(keyOf({ metadata: { name: 'x', namespace: 'n'.repeat(254) } })).toBe('')
  })
})
