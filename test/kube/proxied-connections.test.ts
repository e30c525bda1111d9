// Connections through real proxies on loopback to a TLS server whose name only the proxy can resolve.
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient } from '../../src/kube/api-client.ts'
import { fullClientDeps } from '../../src/kube/client-deps.ts'
import { openConnections } from '../../src/kube/connections.ts'
import type { Credentials } from '../../src/kube/credentials.ts'
import { memoryLog } from '../support/memory-log.ts'
import { type Authority, createAuthority } from '../support/pki.ts'
import { startHttpProxy, startSocksProxy, type TestProxy } from '../support/proxies.ts'

const NAME = 'api.example.test'
const signal = new AbortController().signal
const get = { method: 'GET', path: '/version', headers: {}, signal } as const

/** Writes a kubeconfig with one context; returns its path. */
function kubeconfig(cluster: Readonly<Record<string, string>>): string {
  const file = join(mkdtempSync(join(tmpdir(), 'kubeconfig-')), 'config')
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster }],
    users: [{ name: 'a', user: { token: 'the-token' } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

let authority: Authority
let server: Server
let port = 0
let connected = 0

beforeAll(async () => {
  authority = await createAuthority()
  const { certificate, key } = await authority.issue({
    commonName: NAME,
    dnsNames: [NAME],
    usage: 'server',
  })
  server = createServer({ cert: certificate, key }, (request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ path: request.url, token: request.headers.authorization }))
  }).on('secureConnection', () => connected++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
})

afterAll(() => {
  server.close()
  server.closeAllConnections()
})

describe.each([
  ['http', startHttpProxy, /502/],
  ['socks5', startSocksProxy, /NotAllowed/],
] as const)('a %s proxy', (scheme, startProxy, refusal) => {
  let proxy: TestProxy
  const open = (more: Partial<Credentials> = {}) => {
    const credentials = {
      server: `https://${NAME}:${port}`,
      insecure: false,
      ca: authority.certificate,
      proxyUrl: `${scheme}://me:s%20cret@127.0.0.1:${proxy.port}`,
      ...more,
    }
    return openConnections(credentials as Credentials)
  }
  const withProxy = async (use: () => Promise<void>) => {
    proxy = await startProxy(port)
    try {
      await use()
    } finally {
      await proxy.close()
    }
  }

  test('gets the name unresolved and the password, and its connections are reused', () =>
    withProxy(async () => {
      const before = connected
      const connections = open()
      for (let i = 0; i < 2; i++) {
        expect(await text(await connections.request(get))).toContain('/version')
      }
      connections.destroy()
      expect(proxy.targets).toEqual([`${NAME}:${port}`])
      expect(proxy.users).toEqual(['me:s cret'])
      expect(connected - before).toBe(1)
    }))

  test('that refuses is an error, not a direct connection', () =>
    withProxy(async () => {
      const before = connected
      proxy.refuses = true
      const connections = open({ server: `https://127.0.0.1:${port}` })
      const error = await connections.request(get).catch((reason: unknown) => reason)
      expect(String(error)).toMatch(refusal)
      // With its properties and causes, which a crash report prints.
      expect(inspect(error, { depth: 20 })).not.toMatch(/s(?: |%20)cret/)
      connections.destroy()
      expect(connected).toBe(before)
    }))

  test('is no reason to trust another certificate', () =>
    withProxy(async () => {
      const connections = open({ ca: (await createAuthority()).certificate })
      await expect(connections.request(get)).rejects.toThrow(/certificate/)
      connections.destroy()
    }))

  test('of a kubeconfig carries the requests of the client, and errors name it without its password', async () => {
    proxy = await startProxy(port)
    const file = kubeconfig({
      server: `https://${NAME}:${port}`,
      'certificate-authority-data': Buffer.from(authority.certificate).toString('base64'),
      'proxy-url': `${scheme}://me:secret@127.0.0.1:${proxy.port}`,
    })
    const deps = fullClientDeps({ log: memoryLog([]).log, env: { PATH: process.env.PATH } })
    const client = new ApiClient({ kind: 'kubeconfig', file }, deps)
    const create = () =>
      client.write({
        info: { verb: 'create', resource: 'services ns/web', group: '' },
        path: '/x',
        body: {},
        signal,
        mayStart: () => true,
      })
    expect(await create()).toEqual({ path: '/x', token: 'Bearer the-token' })
    expect(proxy.targets).toEqual([`${NAME}:${port}`])
    await proxy.close()
    const shown = `(through the proxy ${scheme}://127.0.0.1:${proxy.port}) cannot be reached`
    const error = await create().catch((reason: Error) => reason)
    expect(String(error)).toContain(shown)
    expect(String(error)).not.toContain('secret')
    await client.close()
  })
})

test('a connection that is closed in the TLS handshake is an error', async () => {
  const closing = createTcpServer((socket) => socket.end()).listen(0, '127.0.0.1')
  await once(closing, 'listening')
  const address = closing.address()
  const proxy = await startSocksProxy(typeof address === 'object' ? (address?.port ?? 0) : 0)
  const connections = openConnections({
    server: `https://${NAME}:1`,
    insecure: false,
    proxyUrl: `socks5://127.0.0.1:${proxy.port}`,
  } as Credentials)
  await expect(connections.request(get)).rejects.toThrow(/before secure TLS|ECONNRESET/)
  connections.destroy()
  closing.close()
  await proxy.close()
})

test('a proxy of the environment is used for an address of the Corefile', async () => {
  const proxy = await startSocksProxy(port)
  const env = { HTTPS_PROXY: `socks5://127.0.0.1:${proxy.port}`, NO_PROXY: 'other.test' }
  const deps = fullClientDeps({ log: memoryLog([]).log, env })
  const client = new ApiClient({ kind: 'endpoint', url: `https://${NAME}:${port}` }, deps)
  const info = { verb: 'delete', resource: 'services ns/web', group: '' } as const
  const write = client.write({ info, path: '/x', body: {}, signal, mayStart: () => true })
  // The system certificates do not sign the test server; the proxy was asked nevertheless.
  await expect(write).rejects.toThrow(/not trusted/)
  expect(proxy.targets).toEqual([`${NAME}:${port}`])
  await client.close()
  await proxy.close()
})

test('an unsupported scheme is an error of the kubeconfig, with the words of client-go', async () => {
  const proxyUrl = 'socks4://me:secret@127.0.0.1:2'
  const file = kubeconfig({ server: 'https://127.0.0.1:1', 'proxy-url': proxyUrl })
  const deps = fullClientDeps({ log: memoryLog([]).log, env: { PATH: process.env.PATH } })
  const client = new ApiClient({ kind: 'kubeconfig', file }, deps)
  const info = { verb: 'delete', resource: 'services ns/web', group: '' } as const
  const write = client.write({ info, path: '/x', body: {}, signal, mayStart: () => true })
  await expect(write).rejects.toThrow(
    `kubeconfig ${file}: invalid 'proxy-url': unsupported scheme "socks4", must be http, https, or socks5`,
  )
  await client.close()
})
