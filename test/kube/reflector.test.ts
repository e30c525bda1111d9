import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { ApiClient } from '../../src/kube/api-client.ts'
import type { ApiError } from '../../src/kube/api-error.ts'
import { fullClientDeps } from '../../src/kube/client-deps.ts'
import { runReflector } from '../../src/kube/reflector.ts'
import { InvalidObjects } from '../../src/sources/invalid-objects.ts'
import { Store } from '../../src/sources/store.ts'
import { watchedResources } from '../../src/sources/watched-resources.ts'
import {
  bookmark,
  event,
  namespace,
  type Script,
  startFakeApiServer,
} from '../support/fake-apiserver.ts'
import { handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { IMPORT_RESOURCES, IMPORTS } from '../support/source-request.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { waitFor } from '../support/wait-for.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/**
 * A reflector of Namespaces, against a server that answers by the script. Before the reflector resumes a watch, it
 * requests the current resourceVersion, which is `version()`: by default higher than that of any event.
 */
async function startReflector(script: Script, version = () => '999') {
  const server = await startFakeApiServer((url, response, message) => {
    if (url.searchParams.get('limit') !== '1') return script(url, response, message)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ metadata: { resourceVersion: version() }, items: [] }))
  })
  const clock = handClock()
  const { log } = memoryLog([])
  const deps = fullClientDeps({ log, clock, random: () => 0 })
  const store = new Store({ log, now: clock.now, resources: IMPORT_RESOURCES })
  const proxy = await startTcpProxy(Number(new URL(server.url).port))
  const url = `http://127.0.0.1:${proxy.port}`
  const client = new ApiClient({ kind: 'endpoint', url }, deps)
  const stop = new AbortController()
  const errors: ApiError[] = []
  const events: number[] = []
  let relists = 0
  const watched = watchedResources(store, new InvalidObjects(log, clock), {
    reads: IMPORTS,
    labels: '',
  })
  const running = runReflector({
    client,
    sink: store,
    deps,
    signal: stop.signal,
    find: async () => watched.namespaces,
    onState: (error) => error && errors.push(error),
    onEvent: (at) => events.push(at),
    onRelist: () => {
      relists++
    },
  })
  cleanups.push(async () => {
    stop.abort()
    await running
    await client.close()
    await proxy.close()
    await server.close()
  })
  const names = () => [...store.namespaces()].sort()
  const has = (...wanted: string[]) =>
    waitFor(`namespaces ${wanted.join(' ')}`, () => names().join() === wanted.join(), {
      detail: () => `${names().join()} after ${server.requests.join('\n')}`,
    })
  /** Advances the clock past the backoff of a failure. */
  const retry = async () => {
    await waitFor('the backoff', () => clock.waiting.some((ms) => ms <= 30_000))
    clock.advance(30_000)
  }
  return {
    server,
    proxy,
    client,
    store,
    clock,
    errors,
    events,
    names,
    has,
    retry,
    relists: () => relists,
  }
}

const isInitial = (url: URL) => url.searchParams.has('sendInitialEvents')
const from = (url: URL) => url.searchParams.get('resourceVersion')

/** Answers the initial watch with these namespaces at resourceVersion 10, and leaves it open. */
function initial(response: ServerResponse, ...names: string[]): void {
  for (const name of names) response.write(event('ADDED', namespace(name, '5')))
  response.write(bookmark('10', true))
}

describe('a reflector', () => {
  test('streams the list, then applies events', async () => {
    let stream: ServerResponse | undefined
    const { has, store } = await startReflector((_url, response) => {
      stream = response
      initial(response, 'a', 'b')
    })
    await has('a', 'b')
    expect(store.listed('namespaces')).toBe(true)
    stream?.write(event('ADDED', namespace('c', '11')) + event('DELETED', namespace('a', '12')))
    await has('b', 'c')
  })

  test('is not synced before the list is complete', async () => {
    let stream: ServerResponse | undefined
    const { names, store } = await startReflector((_url, response) => {
      stream = response
      response.write(event('ADDED', namespace('a', '5')))
    })
    await waitFor('the first namespace', () => names().length === 1)
    expect(store.listed('namespaces')).toBe(false)
    stream?.write(bookmark('10', true))
    await waitFor('the complete list', () => store.listed('namespaces'))
  })

  test('decodes events that are split anywhere, even inside a character', async () => {
    const text = Buffer.from(
      event('ADDED', { ...namespace('ä', '4'), note: '€' }) +
        event('ADDED', namespace('b', '5')) +
        bookmark('10', true),
    )
    const { has } = await startReflector((_url, response) => {
      response.flushHeaders()
      for (const byte of text) response.write(Buffer.of(byte))
    })
    // "ä" is not a valid name, so that namespace is skipped; the other events are decoded.
    await has('b')
  })

  test('resumes at the last resourceVersion when the stream ends, without a new list', async () => {
    const streams: ServerResponse[] = []
    const { server, has, relists } = await startReflector((url, response) => {
      streams.push(response)
      if (isInitial(url)) initial(response, 'a')
      else response.write(event('ADDED', namespace(`from-${from(url)}`, '20')))
    })
    await has('a')
    streams[0]?.end(event('ADDED', namespace('b', '11')) + bookmark('15'))
    await has('a', 'b', 'from-15')
    streams[1]?.end()
    await has('a', 'b', 'from-15', 'from-20')
    expect(relists()).toBe(0)
    expect(server.requests.filter((path) => path.includes('sendInitialEvents'))).toHaveLength(1)
  })

  test('lists again when the resourceVersion went back, as after a restore from a backup', async () => {
    const streams: ServerResponse[] = []
    const { has, relists } = await startReflector(
      (url, response) => {
        streams.push(response)
        if (streams.length === 1) initial(response, 'a', 'b')
        else if (isInitial(url))
          response.write(event('ADDED', namespace('a', '3')) + bookmark('4', true))
        // A real server also stays silent when the requested version is in the future.
        else response.flushHeaders()
      },
      () => '4',
    )
    await has('a', 'b')
    streams[0]?.end()
    await has('a')
    expect(relists()).toBe(1)
    streams[1]?.write(event('ADDED', namespace('c', '5')))
    await has('a', 'c')
  })

  test.each<[string, (response: ServerResponse) => void, string]>([
    ['a 410', (r) => r.writeHead(410).end('{}'), 'expired'],
    [
      'an ERROR event 410',
      (r) => r.end(event('ERROR', { code: 410, message: 'too old' })),
      'expired',
    ],
    [
      'another ERROR event',
      (r) => r.end(event('ERROR', { code: 500, message: 'etcd' })),
      'error_event',
    ],
    ['a line that is not JSON', (r) => r.end('{"type":\n'), 'protocol'],
    ['a line that is not an event', (r) => r.end('[]\n'), 'protocol'],
    ['an event of an unknown type', (r) => r.end(event('NEWS', {})), 'protocol'],
  ])(
    'lists again after %s, and removes the objects that the list lacks',
    async (_name, fail, reason) => {
      let lists = 0
      const seenMeanwhile: string[][] = []
      const reflector = await startReflector((url, response) => {
        if (!isInitial(url)) fail(response)
        else if (++lists === 1) {
          initial(response, 'a', 'b')
          response.end()
        } else {
          seenMeanwhile.push(reflector.names())
          initial(response, 'b', 'c')
        }
      })
      const { has, errors, retry, relists } = reflector
      if (reason !== 'expired') await retry()
      await has('b', 'c')
      expect(errors[0]?.reason).toBe(reason)
      expect(relists()).toBe(1)
      // No object was removed before the second list was complete.
      expect(seenMeanwhile).toEqual([['a', 'b']])
    },
  )

  test('removes nothing after an incomplete list', async () => {
    let requestCount = 0
    const { has, names, retry } = await startReflector((_url, response) => {
      requestCount++
      if (requestCount === 1) {
        initial(response, 'a', 'b')
        response.end()
      } else if (requestCount === 2) response.writeHead(410).end('{}')
      else if (requestCount === 3) response.end(event('ADDED', namespace('a', '20')))
      else initial(response, 'a')
    })
    await waitFor('the incomplete list', () => requestCount >= 3)
    await waitFor('both namespaces are still there', () => names().join() === 'a,b')
    await retry()
    await has('a')
  })

  test('reports the text of an ERROR event in one line, cut', async () => {
    const { errors } = await startReflector((_url, response) => {
      response.end(event('ERROR', { code: 500, message: `no\n\tmore ${'x'.repeat(1000)}` }))
    })
    await waitFor('the failure', () => errors.length > 0)
    expect(errors[0]?.message).toMatch(/: the server reports 500: no more x{292}$/)
  })

  test('backs off when every response is 410', async () => {
    const { server, errors, retry } = await startReflector((_url, response) => {
      response.writeHead(410).end('{}')
    })
    await waitFor('two attempts', () => errors.length === 2)
    await retry()
    await waitFor('a third attempt', () => errors.length === 3)
    expect(server.requests).toHaveLength(3)
  })

  test.each([400, 415, 422])(
    'lists in pages when a streamed list is rejected with %s',
    async (status) => {
      const { server, has } = await startReflector((url, response) => {
        if (isInitial(url)) {
          response.writeHead(status).end('{}')
        } else if (url.searchParams.has('watch')) {
          response.write(event('ADDED', namespace(`from-${from(url)}`, '31')))
        } else {
          const second = url.searchParams.get('continue') === 'more'
          const metadata = { resourceVersion: '30', continue: second ? '' : 'more' }
          response.end(JSON.stringify({ metadata, items: [namespace(second ? 'b' : 'a', '5')] }))
        }
      })
      await has('a', 'b', 'from-30')
      expect(server.requests.filter((path) => path.includes('limit=500'))).toHaveLength(2)
    },
  )

  test('retries within 5 seconds while a restarted server answers 429, whatever its Retry-After', async () => {
    let asked = 0
    const { clock, errors, has } = await startReflector((_url, response) => {
      if (++asked <= 5) response.writeHead(429, { 'retry-after': '27' }).end('{}')
      else initial(response, 'a')
    })
    for (let i = 1; i <= 5; i++) {
      await waitFor('the wait', () => errors.length === i && clock.waiting.length > 0)
      expect(errors.at(-1)?.reason).toBe('throttled')
      expect(clock.waiting[0]).toBe(4000)
      clock.advance(4000)
    }
    await has('a')
  })

  test('waits for the whole Retry-After when the server has been overloaded for two minutes', async () => {
    const { clock, errors } = await startReflector((_url, response) => {
      response.writeHead(429, { 'retry-after': '120' }).end('{}')
    })
    await waitFor('the first wait', () => errors.length === 1 && clock.waiting.length > 0)
    clock.advance(120_000)
    await waitFor('the second wait', () => errors.length === 2 && clock.waiting.length > 0)
    expect(clock.waiting).toEqual([120_000])
  })

  test('asks for a missing resource every 1 to 2 seconds, and retries its first list soon', async () => {
    let asked = 0
    const { clock, errors, has } = await startReflector((_url, response) => {
      if (++asked <= 8) response.writeHead(404).end('{}')
      else if (asked === 9) response.writeHead(500).end('{}')
      else initial(response, 'a')
    })
    for (let i = 1; i <= 9; i++) {
      await waitFor('the wait', () => errors.length === i && clock.waiting.length > 0)
      expect(clock.waiting[0]).toBe(i <= 8 ? 1000 : 400)
      clock.advance(clock.waiting[0]!)
    }
    await has('a')
  })

  test('backs off when each watch ends at once without an event', async () => {
    const { clock, errors, has, server } = await startReflector((url, response) => {
      if (isInitial(url)) {
        initial(response, 'a')
        setImmediate(() => response.end())
      } else response.end()
    })
    await has('a')
    const waits: number[] = []
    for (let i = 1; i <= 3; i++) {
      await waitFor('another end', () => errors.length === i && clock.waiting.length > 0)
      waits.push(clock.waiting[0]!)
      clock.advance(waits.at(-1)!)
    }
    expect(waits).toEqual([400, 800, 1600])
    const watches = () => server.requests.filter((path) => path.includes('watch=1'))
    await waitFor('the last attempt', () => watches().length === 5)
    expect(errors[0]?.message).toContain('at once, without an event')
  })

  test('notifies subscribers of the events before one that cannot be decoded', async () => {
    const notified: string[][] = []
    const { store, names, errors, has } = await startReflector((url, response) => {
      if (!isInitial(url)) response.end(`${event('ADDED', namespace('b', '11'))}{"type":\n`)
      else {
        initial(response, 'a')
        setImmediate(() => response.end())
      }
    })
    store.subscribe(() => notified.push(names()))
    store.doNotAwait('serviceimports')
    store.doNotAwait('endpointslices')
    await has('a', 'b')
    await waitFor('the protocol error', () => errors[0]?.reason === 'protocol')
    expect(notified.at(-1)).toEqual(['a', 'b'])
  })

  test('doubles the backoff after each failure, up to 5 seconds for two minutes', async () => {
    const { clock, errors } = await startReflector((_url, response) => {
      response.writeHead(500).end('{}')
    })
    const waits: number[] = []
    for (let i = 1; i <= 8; i++) {
      await waitFor('another failure', () => errors.length === i && clock.waiting.length > 0)
      waits.push(clock.waiting[0]!)
      clock.advance(waits.at(-1)!)
    }
    expect(waits).toEqual([400, 800, 1600, 2500, 2500, 2500, 2500, 2500])
  })

  test('renews a watch without an event for 90 seconds; this is no failure', async () => {
    const { clock, errors, events, has, relists, server } = await startReflector(
      (url, response) => {
        if (isInitial(url)) initial(response, 'a')
        else response.flushHeaders()
      },
    )
    await has('a')
    const resumed = () => server.requests.filter((path) => path.includes('resourceVersion=10'))
    for (let i = 1; i <= 8; i++) {
      clock.advance(90_000)
      await waitFor('the next watch', () => resumed().length === i)
      await waitFor('its headers', () => events.at(-1) === clock.now())
    }
    expect(errors).toEqual([])
    expect(relists()).toBe(0)
  })

  test('fails when the list of a watch is not complete and nothing arrives for 90 seconds', async () => {
    const { clock, errors, has, retry, server } = await startReflector((_url, response) => {
      if (server.requests.length === 1) response.write(event('ADDED', namespace('a', '5')))
      else initial(response, 'a', 'b')
    })
    await has('a')
    clock.advance(90_000)
    await waitFor('the idle error', () => errors[0]?.reason === 'idle')
    expect(errors[0]?.message).toContain('before its list was complete')
    await retry()
    await has('a', 'b')
  })

  test('renews a watch on a new connection when all old ones hang half open', async () => {
    const { clock, client, errors, has, proxy } = await startReflector((url, response) => {
      if (isInitial(url)) initial(response, 'a')
      else if (url.searchParams.has('watch'))
        response.write(event('ADDED', namespace(`from-${from(url)}`, '11')))
      else response.end('{}')
    })
    await has('a')
    // A second connection, which is idle and would be reused.
    const info = { verb: 'get', resource: 'namespaces', group: '' } as const
    const signal = AbortSignal.timeout(10_000)
    await client.read({ info, path: '/api/v1/namespaces/a', accept: 'application/json', signal })
    proxy.blackhole()
    await proxy.heal()
    clock.advance(90_000)
    await has('a', 'from-10')
    expect(errors).toEqual([])
  })

  test('resumes after a connection reset', async () => {
    let requestCount = 0
    const { errors, has, retry } = await startReflector((url, response) => {
      if (++requestCount === 1) {
        initial(response, 'a')
        setImmediate(() => response.socket?.resetAndDestroy())
      } else response.write(event('ADDED', namespace(`from-${from(url)}`, '11')))
    })
    await waitFor('the disconnect', () => errors[0]?.reason === 'disconnected')
    await retry()
    await has('a', 'from-10')
  })
})
