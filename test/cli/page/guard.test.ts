// Who may read what names clusters and addresses.
import { expect, test } from 'vitest'
import { guarded } from '../../../src/cli/page/guard.ts'
import type { HttpRequest } from '../../../src/runtime/http.ts'

const known = { listen: '192.0.2.7:8090', hosts: ['fleet.example.org'] }
const request: HttpRequest = {
  method: 'GET',
  client: '127.0.0.1',
  query: new URLSearchParams(),
  headers: { host: '127.0.0.1:8090' },
}
const route = guarded(() => ({ status: 200, body: 'secret' }), known)

function from(client: string, headers: HttpRequest['headers'] = request.headers) {
  return { ...request, client, headers }
}

function browser(host: string, headers: Readonly<Record<string, string>>) {
  return from('127.0.0.1', { host, ...headers })
}

const link = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const frame = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
const local = '127.0.0.1:8090'

test.each<[string, Partial<HttpRequest>, number, string?]>([
  ['this machine, by its address', from('127.0.0.1'), 200],
  ['this machine, over a socket for both families', from('::ffff:127.0.0.1'), 200],
  ['this machine, by IPv6', from('::1', { host: '[::1]:8090' }), 200],
  ['this machine, by the name localhost', from('127.0.0.1', { host: 'localhost:9999' }), 200],
  ['this machine, by the host of listen', from('127.0.0.1', { host: '192.0.2.7:8090' }), 200],
  ['a name with capitals and a final dot', from('127.0.0.1', { host: 'LOCALHOST.:1' }), 200],
  ['an ingress, by a configured name', from('10.1.0.7', { host: 'fleet.example.org' }), 200],
  ['another pod', from('10.1.0.7'), 403, 'only for 127.0.0.1: kubectl'],
  ['another pod whose address looks like ours', from('::ffff:10.127.0.1'), 403],
  ['a connection that is gone', from(''), 403],
  ['another pod, by the host of listen', from('10.1.0.7', { host: '192.0.2.7:8090' }), 403],
  [
    'a foreign name (DNS rebinding)',
    from('127.0.0.1', { host: 'evil.example' }),
    403,
    'page.hosts',
  ],
  [
    'a foreign name that begins like an address',
    from('::1', { host: '127.0.0.1.evil.example' }),
    403,
  ],
  ['a foreign name that begins like ours', from('::1', { host: 'localhost.evil.example' }), 403],
  ['no Host header', from('127.0.0.1', {}), 403],
  ['our own page', browser(local, { origin: `http://${local}` }), 200],
  [
    'our own page behind TLS',
    browser('fleet.example.org', { origin: 'https://fleet.example.org' }),
    200,
  ],
  [
    'a page of another port',
    browser(local, { origin: 'http://127.0.0.1:3000' }),
    403,
    'other sites',
  ],
  ['a page of a file', browser(local, { origin: 'null' }), 403],
  ['an image in another page', browser(local, { 'sec-fetch-site': 'cross-site' }), 403],
  ['an image in a page of another port', browser(local, { 'sec-fetch-site': 'same-site' }), 403],
  ['a frame in another page', browser(local, { 'sec-fetch-site': 'cross-site', ...frame }), 403],
  ['a link in another page', browser(local, { 'sec-fetch-site': 'cross-site', ...link }), 200],
  ['an address that was typed', browser(local, { 'sec-fetch-site': 'none', ...link }), 200],
  ['HEAD', { ...request, method: 'HEAD' }, 200],
  ['POST', { ...request, method: 'POST' }, 405, 'nothing can be changed'],
])('%s: %o', async (_, change, status, text = '') => {
  const reply = await route({ ...request, ...change })
  expect(reply.status).toBe(status)
  expect(reply.body).toContain(text)
  if (status !== 200) expect(reply.body).not.toContain('secret')
})

test('every reply forbids foreign content, frames, sniffing, referrers and storing', async () => {
  for (const one of [request, { ...request, method: 'POST' }]) {
    const { headers } = await route(one)
    expect(headers?.['content-security-policy']).toMatch(
      /^default-src 'none'; .*frame-ancestors 'none'$/,
    )
    expect(headers?.['content-security-policy']).not.toMatch(/unsafe|http|\*/)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  }
})

test('a route may let its reply be stored', async () => {
  const headers = { 'cache-control': 'max-age=60' }
  const asset = guarded(() => ({ status: 200, body: '', headers }), known)
  expect((await asset(request)).headers).toMatchObject(headers)
})
