// Kubeconfigs that hold a secret in each place where one can stand, each with a server, proxy or plugin that brings it
// near an error text. A secret is a marker that is searched for in every output.
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { event, startFakeApiServer } from './fake-apiserver.ts'
import { kubeconfigText } from './kubeconfig.ts'
import { createAuthority } from './pki.ts'

/** A kubeconfig with one marker. */
export interface SecretPlace {
  /** A DNS label, the id of the member. */
  readonly id: string
  readonly file: string
  /** The text of the kubeconfig. */
  readonly text: string
  /** A context that the kubeconfig lacks; '' selects its current one. */
  readonly context: string
  /** What an error about it says. */
  readonly shows: RegExp
  /** True: the error is known without a connection. */
  readonly local: boolean
}

interface Row {
  readonly id: string
  readonly user?: object
  readonly server?: string
  readonly cluster?: object
  readonly text?: string
  readonly context?: string
  readonly shows: RegExp
  readonly local?: boolean
}

/** Starts the servers and writes the kubeconfigs. */
export async function startSecretPlaces() {
  const folder = await mkdtemp(join(tmpdir(), 'places-'))
  const markers: string[] = []
  const mark = (place: string) => {
    const marker = `MARK-${place}-x7q`
    markers.push(marker)
    return marker
  }
  // Answers each request with an error that quotes its credentials.
  const echo = await startFakeApiServer((url, response, { headers }) => {
    const message = `you sent ${headers.authorization}`
    const status = Number(/\/as-(\d+)/.exec(url.pathname)?.[1])
    if (url.searchParams.has('watch') && status === 200) {
      response.end(event('ERROR', { code: 500, message }))
      return
    }
    response.writeHead(status === 200 ? 500 : status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ kind: 'Status', message, reason: message }))
  })
  const proxy = createHttpServer().on('connect', ({ headers }, socket) => {
    socket.end(`HTTP/1.1 407 you sent ${headers['proxy-authorization']}\r\n\r\n`)
  })
  const authority = await createAuthority()
  const pair = await authority.issue({ commonName: 'west', usage: 'server' })
  const tls: Server = createHttpsServer({ cert: pair.certificate, key: pair.key })
  const ports: number[] = []
  for (const server of [proxy, tls]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.push((server.address() as AddressInfo).port)
  }
  const [proxyPort, tlsPort] = ports
  const plugin = join(folder, 'plugin.sh')
  const script = 'case $1 in env) echo "pin $PIN" >&2;; out) echo "$2";; esac; [ $1 = out ]'
  await writeFile(plugin, `#!/bin/sh\n${script}\n`)
  await chmod(plugin, 0o755)
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, mark('tokenfile'))
  const exec = (args: readonly string[], env: readonly object[] = []) => {
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, args, env } }
  }
  const echoUrl = (userinfo: string, status: number) =>
    `${echo.url.replace('://', `://${userinfo}`)}/as-${status}`
  const key = Buffer.from(`-----BEGIN PRIVATE KEY-----\n${mark('key')}\n-----END PRIVATE KEY-----`)
  const rows: readonly Row[] = [
    {
      id: 'token-401',
      user: { token: mark('token') },
      server: echoUrl('', 401),
      shows: /refuses our credentials \(401\)/,
    },
    {
      id: 'token-watch',
      user: { token: mark('watch') },
      server: echoUrl('', 200),
      shows: /the server reports 500: you sent Bearer \[hidden\]/,
    },
    {
      id: 'token-file',
      user: { tokenFile },
      server: echoUrl('', 500),
      shows: /you sent Bearer \[hidden\]/,
    },
    {
      id: 'password',
      user: { username: 'me', password: mark('password') },
      server: echoUrl('', 403),
      shows: /you sent Basic \[hidden\]/,
    },
    {
      id: 'url',
      server: echoUrl(`me:${mark('url')}@`, 500),
      shows: /you sent Basic \[hidden\]/,
    },
    {
      id: 'url-unreachable',
      server: `https://me:${mark('unreachable')}@127.0.0.1:1`,
      shows: /https:\/\/127\.0\.0\.1:1 cannot be reached/,
    },
    {
      id: 'url-broken',
      server: `https://me:${mark('broken')}@127.0.0.1:x`,
      shows: /the server address is not an http or https URL/,
      local: true,
    },
    {
      id: 'tls',
      user: { token: mark('tls') },
      server: `https://me:${mark('tlsurl')}@127.0.0.1:${tlsPort}`,
      shows: /is not trusted by the system certificates/,
    },
    {
      id: 'yaml',
      text: `users:\n- name: a\n  user: {token: *${mark('yaml')}}\n`,
      shows: /it is not valid YAML/,
      local: true,
    },
    {
      id: 'context',
      user: { token: mark('context') },
      context: 'nope',
      shows: /context "nope" does not exist/,
      local: true,
    },
    {
      id: 'key',
      user: {
        'client-certificate-data': Buffer.from(pair.certificate).toString('base64'),
        'client-key-data': key.toString('base64'),
      },
      shows: /cannot be used together/,
      local: true,
    },
    {
      id: 'exec-env',
      user: exec(['env'], [{ name: 'PIN', value: mark('env') }]),
      shows: /failed: pin \[hidden\]/,
    },
    {
      id: 'exec-out',
      user: exec(['out', mark('out')]),
      shows: /its output is not JSON/,
    },
    {
      id: 'proxy',
      server: 'https://west.test:1',
      cluster: { 'proxy-url': `http://me:${mark('proxy')}@127.0.0.1:${proxyPort}` },
      shows: /west\.test:1 \(through the proxy http:\/\/127\.0\.0\.1:\d+\) cannot be reached/,
    },
    {
      id: 'proxy-env',
      server: 'https://east.test:1',
      shows: /east\.test:1 \(through the proxy http:\/\/127\.0\.0\.1:\d+\) cannot be reached/,
    },
  ]
  const places: SecretPlace[] = []
  for (const { id, context = '', shows, local = false, ...row } of rows) {
    const { user = {}, server = 'https://127.0.0.1:1', cluster = {} } = row
    const text = row.text ?? kubeconfigText({ server, ...cluster }, user)
    const file = join(folder, `${id}.config`)
    await writeFile(file, text)
    places.push({ id, file, text, context, shows, local })
  }
  return {
    folder,
    places,
    /** The environment of a process that reads the kubeconfigs. */
    env: { HTTPS_PROXY: `http://me:${mark('proxyenv')}@127.0.0.1:${proxyPort}`, NO_PROXY: '' },
    /** The markers that a text shows, also as basic authorization or a part of it. */
    markersIn: (text: string) =>
      markers.filter((marker) => {
        const pair = Buffer.from(`me:${marker}`).toString('base64')
        return text.includes(marker) || text.includes(pair.slice(0, 16))
      }),
    async close() {
      await echo.close()
      for (const server of [proxy, tls]) {
        server.closeAllConnections()
        server.close()
      }
      await rm(folder, { recursive: true })
    },
  }
}
