// Writes to an API server: the requests sent and the error of each status. Also the loading of credentials.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { ApiClient } from '../../src/kube/api-client.ts'
import type { ApiError } from '../../src/kube/api-error.ts'
import { type ClientDeps, fullClientDeps } from '../../src/kube/client-deps.ts'
import { startFakeApiServer } from '../support/fake-apiserver.ts'
import { memoryLog } from '../support/memory-log.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

interface Seen {
  readonly line: string
  readonly type: string | undefined
  readonly agent: string | undefined
  readonly body: unknown
}

/** A client of a server that answers every request with `answer`. */
async function connect(answer: (response: ServerResponse) => void, more: Partial<ClientDeps> = {}) {
  const seen: Seen[] = []
  const take = async (message: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of message) chunks.push(chunk as Buffer)
    const { 'content-type': type, 'user-agent': agent } = message.headers
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
    seen.push({ line: `${message.method} ${message.url}`, type, agent, body })
    answer(response)
  }
  const server = await startFakeApiServer((_, response, message) => void take(message, response))
  const deps = fullClientDeps({ log: memoryLog([]).log, userAgent: 'fleet/test', ...more })
  const client = new ApiClient({ kind: 'endpoint', url: server.url }, deps)
  cleanups.push(async () => {
    await client.close()
    await server.close()
  })
  const write = (
    verb: 'create' | 'patch' | 'delete',
    body: unknown,
    mayStart: () => boolean = () => true,
  ) =>
    client.write({
      info: { verb, resource: 'services ns/web', group: '' },
      path: '/x',
      body,
      signal: new AbortController().signal,
      mayStart,
    })
  return { seen, write, client }
}

const reply =
  (status: number, body: unknown, headers = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }

describe('a write', () => {
  test.each([
    ['create', 'POST /x', 'application/json'],
    ['patch', 'PATCH /x', 'application/merge-patch+json'],
    ['delete', 'DELETE /x', 'application/json'],
  ] as const)('%s sends %s with a JSON body and the user agent', async (verb, line, type) => {
    const { seen, write } = await connect(reply(verb === 'create' ? 201 : 200, { kind: 'X' }))
    expect(await write(verb, { a: 1 })).toEqual({ kind: 'X' })
    expect(seen).toEqual([{ line, type, agent: 'fleet/test', body: { a: 1 } }])
  })

  const causes = { causes: [{ reason: 'NamespaceTerminating' }] }
  test.each([
    [409, { reason: 'AlreadyExists', message: 'it is there' }, 'conflict', /it is there/],
    [422, { reason: 'Invalid', message: 'bad ip' }, 'invalid', /refused: bad ip/],
    [404, { reason: 'NotFound', message: 'no such' }, 'not_found', /services ns\/web: no such/],
    [403, { reason: 'Forbidden' }, 'forbidden', /grant the verb "patch"/],
    [
      403,
      { reason: 'Forbidden', message: 'User "u" cannot patch resource "services" in API group ""' },
      'forbidden',
      /grant the verb "patch".*: User "u" cannot/,
    ],
    [
      403,
      { reason: 'Forbidden', message: 'services "web" is forbidden: exceeded quota: q' },
      'refused',
      /^patch services ns\/web is refused: .*exceeded quota: q$/,
    ],
    [403, { reason: 'Forbidden', details: causes }, 'terminating', /namespace is being deleted/],
    [429, {}, 'throttled', /must wait/],
    [503, {}, 'server_error', /status 503/],
  ])('status %d with %j rejects as %s', async (status, body, reason, text) => {
    const { write } = await connect(reply(status, body, { 'retry-after': '7' }))
    const error = (await write('patch', {}).catch((thrown: unknown) => thrown)) as ApiError
    expect(error).toMatchObject({ reason, status, retryAfterMs: 7000 })
    expect(error.statusReason).toBe('reason' in body ? body.reason : '')
    expect(error.message).toMatch(text)
  })

  test('that is refused for many fields rejects with all of them', async () => {
    const named = Array.from({ length: 1000 }, (_, i) => ({
      reason: 'FieldValueInvalid',
      field: `endpoints[${i}].addresses[0]`,
      message: 'Invalid value: "127.0.0.1": may not be in the loopback range',
    }))
    const message = named.map(({ field, message: text }) => `${field}: ${text}`).join(', ')
    const { write } = await connect(
      reply(422, { reason: 'Invalid', message, details: { causes: named } }),
    )
    const error = (await write('patch', {}).catch((thrown: unknown) => thrown)) as ApiError
    expect(error.causes).toEqual(named)
  })

  test('is not sent when mayStart returns false, and rejects as not_started', async () => {
    const { seen, write } = await connect(reply(200, {}))
    const held = write('patch', {}, () => false)
    await expect(held).rejects.toMatchObject({ reason: 'not_started', code: 'NOT_STARTED' })
    expect(seen).toEqual([])
  })

  test.each([200, 500])(
    'rejects when the body of a response with status %d stalls',
    async (status) => {
      const stall = (response: ServerResponse) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.write('{')
      }
      const { write } = await connect(stall, { responseIdleMs: 20 })
      const reason = status === 200 ? 'timeout' : 'server_error'
      await expect(write('patch', {})).rejects.toMatchObject({ reason })
    },
  )

  test('measures the clock skew by the Date header', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString()
    const { write, client } = await connect(reply(200, {}, { date }))
    await write('patch', {})
    expect(client.skewMs).toBeGreaterThan(50_000)
    expect(client.skewMs).toBeLessThan(61_000)
  })
})

describe('credentials', { timeout: 30_000 }, () => {
  /** A server and a client whose kubeconfig text a test may change. */
  const connectByText = async () => {
    const tokens: (string | undefined)[] = []
    const server = await startFakeApiServer((_, response, message) => {
      tokens.push(message.headers.authorization)
      reply(200, {})(response)
    })
    const config = (token: string) =>
      JSON.stringify({
        'current-context': 'a',
        clusters: [{ name: 'a', cluster: { server: server.url } }],
        users: [{ name: 'a', user: { token } }],
        contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      })
    let text = config('old')
    const spec = { kind: 'text', from: 'Secret x', allow: ['http'], read: () => text } as const
    const client = new ApiClient(spec, fullClientDeps({ log: memoryLog([]).log }))
    cleanups.push(async () => {
      await client.close()
      await server.close()
    })
    const read = (signal = new AbortController().signal) =>
      client.read({
        info: { verb: 'get', resource: 'x', group: '' },
        path: '/x',
        accept: 'application/json',
        signal,
      })
    const change = (token: string) => {
      text = config(token)
      client.reload()
    }
    return { tokens, read, change, client }
  }

  test('are hidden in texts of the server that quote them', async () => {
    const { read, change, client } = await connectByText()
    change('T0KEN')
    await read()
    expect(client.hide('you sent "Bearer T0KEN"')).toBe('you sent "Bearer [hidden]"')
  })

  test('shared by several requests still load when the first request aborts', async () => {
    const { read, tokens } = await connectByText()
    const first = new AbortController()
    const impatient = read(first.signal)
    const patient = read()
    first.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    await patient
    expect(tokens).toEqual(['Bearer old'])
  })

  test('that change while they load are loaded again', async () => {
    const { read, change, tokens } = await connectByText()
    const before = read()
    change('new')
    await before
    await read()
    expect(tokens.at(-1)).toBe('Bearer new')
  })
})
