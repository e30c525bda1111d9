// The JSON behind the views, the events and the files of the page, over HTTP.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  MapDocument,
  PropagationDocument,
  ServiceDocument,
  ServicesDocument,
} from '../../../src/fleet/page/document.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  type FleetOptions,
} from '../../fleet/embedded.ts'
import { openViewer } from '../../support/event-reader.ts'
import { askRaw, type PageServer, startPageServer } from '../../support/page-server.ts'
import { waitFor } from '../../support/wait-for.ts'

let server: PageServer

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'))
  writeFileSync(join(folder, 'index.html'), '<title>page</title>')
  writeFileSync(join(folder, 'page-0a1b2c3d4e5f.js'), 'page()')
  writeFileSync(join(folder, 'page-0a1b2c3d4e5f.js.gz'), gzipSync('page()'))
  writeFileSync(join(folder, 'secret.key'), 'secret')
  server = await startPageServer({ folder })
  const { fleet } = server
  for (const api of fleet.apis.values()) addNamespace(api, 'ns')
  const [east, west] = [fleet.api('east'), fleet.api('west')]
  addService(east, 'web')
  addSlice(east, 'web', ['10.1.0.1', '10.1.0.2'])
  addExport(east, 'web')
  addImport(west, 'web')
  addExport(east, 'lost')
  await fleet.settle()
})

afterAll(() => server.close())

describe('the JSON', () => {
  test('of the table has a row of each service, with its state and what is wrong', async () => {
    const { services, clusters, ...head } = await server.json<ServicesDocument>('/services.json')
    expect(head).toMatchObject({
      apiVersion: 'clusterset-dns.io/v1',
      kind: 'FleetServices',
      observer: 'leader',
      leader: { holder: 'this program' },
    })
    const names = (numbers: readonly number[]) => numbers.map((one) => clusters[one])
    const [lost, web] = services
    expect(services.map(({ service }) => service)).toEqual(['ns/lost', 'ns/web'])
    expect(lost).toMatchObject({ state: 'broken', link: 'service', at: 'east', type: null })
    expect(lost?.text).toMatch(/./)
    expect(web).toMatchObject({ state: 'holds', link: null, text: '', type: 'ClusterSetIP' })
    expect(names(web?.sources.map(([cluster]) => cluster) ?? [])).toEqual(['east'])
    expect(web?.sources[0]?.[1]).toBe(2)
    expect(names(web?.importers ?? [])).toEqual(['west'])
    expect(web?.address).toMatch(/^10\.96\./)
  })

  test('of the map has what clusters serve to each other', async () => {
    const map = await server.json<MapDocument>('/map.json')
    expect(map).toMatchObject({ kind: 'FleetMap', healthy: true, lags: [] })
    expect(map.clusters.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'east ready',
      'west ready',
    ])
    expect(map.flows).toMatchObject([
      { source: 'east', consumer: 'west', services: 1, endpoints: 2 },
    ])
    expect(map.services).toMatchObject({ total: 2, holds: 1, broken: 1, unseen: 0 })
  })

  test('of a service has its chain, the first broken link, its conditions and its history', async () => {
    const lost = await server.json<ServiceDocument>('/service.json?name=ns/lost')
    const broken = lost.explanation.links[lost.firstBroken ?? -1]
    expect(broken).toMatchObject({ id: 'service', state: 'broken' })
    expect(broken?.command).toMatch(/^kubectl --context east /)
    expect(lost.conditions).toMatchObject([{ cluster: 'east', kind: 'ServiceExport' }])
    const { missing, firstBroken, history } = await server.json<ServiceDocument>(
      '/service.json?name=ns%2Fweb',
    )
    expect({ missing, firstBroken }).toEqual({ missing: false, firstBroken: null })
    expect(history.map(({ cluster, kind }) => `${cluster} ${kind}`)).toContain('west dns')
  })

  test('of a service that is nowhere says so, and its chain says what to do', async () => {
    const { missing, explanation } = await server.json<ServiceDocument>(
      '/service.json?name=ns/none',
    )
    expect(missing).toBe(true)
    expect(explanation.links.find(({ state }) => state === 'broken')?.command).toMatch(/./)
  })

  test.each(['', '?name=web', '?name=a/b/c', '?name=/b'])('/service.json%s: 400', async (query) => {
    const reply = await fetch(server.url(`/service.json${query}`))
    expect([reply.status, await reply.text()]).toEqual([400, 'use ?name=NAMESPACE/SERVICE\n'])
  })

  test('of the propagation has a histogram of each pair, and the slowest services', async () => {
    addSlice(server.fleet.api('east'), 'web', ['10.1.0.1'])
    await server.fleet.settle()
    const { pairs, slowest, retries } = await server.json<PropagationDocument>('/propagation.json')
    expect(pairs).toMatchObject([{ source: 'east', consumer: 'west' }])
    const { changes = 0, buckets = [] } = pairs?.[0] ?? {}
    expect(changes).toBeGreaterThan(0)
    expect(buckets.reduce((sum, [, count]) => sum + count, 0)).toBe(changes)
    expect(buckets.at(-1)).toEqual([null, 0])
    expect(slowest).toMatchObject([{ service: 'ns/web', source: 'east', consumer: 'west' }])
    expect(retries).toEqual([])
  })
})

test('a change that cannot be written makes a lag, and the row has its time', async () => {
  let isBroken = false
  const wire: FleetOptions['wire'] = async (send) => {
    if (isBroken) throw new ApiError('disconnected', 'the write is lost')
    return send()
  }
  const other = await startPageServer({ wire })
  try {
    const { fleet, json } = other
    for (const api of fleet.apis.values()) addNamespace(api, 'ns')
    const east = fleet.api('east')
    addService(east, 'web')
    addSlice(east, 'web', ['10.1.0.1'])
    addExport(east, 'web')
    addImport(fleet.api('west'), 'web')
    await fleet.settle()
    const viewer = await openViewer(other.url('/events'))
    await viewer.until('map')
    isBroken = true
    addSlice(east, 'web', ['10.1.0.2'])
    await waitFor('a retry', () => fleet.controller.retrying > 0)
    await viewer.until('services', ({ changed }) => changed.some((row) => row.pendingSince !== ''))
    await viewer.close()
    const { lags } = await json<MapDocument>('/map.json')
    expect(lags).toMatchObject([{ cluster: 'west', services: 1 }])
    const { services } = await json<ServicesDocument>('/services.json')
    expect(services[0]?.pendingSince).toMatch(/^\d{4}-.*Z$/)
    const { retries } = await json<PropagationDocument>('/propagation.json')
    expect(retries).toMatchObject([{ cluster: 'west', service: 'ns/web' }])
    expect(retries?.[0]?.message).toContain('the write is lost')
  } finally {
    await other.close()
  }
})

describe('a replica that does not lead', () => {
  test('says who leads, and knows no propagation', async () => {
    const leader = { holder: 'pod-b_1', renewed: '2026-01-01T00:00:00Z' }
    const other = await startPageServer({ source: { role: { observer: 'follower', leader } } })
    try {
      for (const path of ['/services.json', '/propagation.json', '/service.json?name=a/b']) {
        expect(await other.json(path)).toMatchObject({ observer: 'follower', leader })
      }
      const { pairs, slowest, retries } = await other.json<PropagationDocument>('/propagation.json')
      expect({ pairs, slowest, retries }).toEqual({ pairs: null, slowest: null, retries: null })
    } finally {
      await other.close()
    }
  })
})

describe('the events', () => {
  test('begin with a greeting, the status and the map; then each changed row comes', async () => {
    const viewer = await openViewer(server.url('/events'))
    expect(viewer.reply.headers.get('content-type')).toBe('text/event-stream')
    expect(await viewer.until('hello')).toMatchObject({ reset: true })
    expect(await viewer.until('status')).toMatchObject({ kind: 'FleetStatus', healthy: true })
    expect(await viewer.until('map')).toHaveProperty('flows')
    const api = server.fleet.api('east')
    addExport(api, 'new')
    const added = await viewer.until('services', ({ changed }) =>
      changed.some(({ service, state }) => service === 'ns/new' && state === 'broken'),
    )
    expect(added.clusters).toContain('east')
    api.delete('serviceexports', 'ns/new')
    await viewer.until('services', ({ removed }) => removed.includes('ns/new'))
    await viewer.close()
  })

  test('continue where a client was, by ?since= or Last-Event-ID', async () => {
    const { revision } = await server.json<ServicesDocument>('/services.json')
    addExport(server.fleet.api('east'), 'later')
    for (const [url, headers] of [
      [`/events?since=${revision}`, {}],
      ['/events', { 'last-event-id': revision }],
    ] as const) {
      const viewer = await openViewer(server.url(url), headers)
      expect(await viewer.until('hello')).toMatchObject({ reset: false, revision })
      const event = await viewer.until('services', ({ changed }) =>
        changed.some(({ service }) => service === 'ns/later'),
      )
      expect(event.changed.map(({ service }) => service)).not.toContain('ns/web')
      const { id } = viewer.events.findLast(({ name }) => name === 'services')!
      expect(id).not.toBe(revision)
      await viewer.close()
    }
  })

  test.each(['x', '0.1', 'abc.99999', '.', '1.-1'])(
    'begin anew for the revision %j',
    async (since) => {
      const viewer = await openViewer(server.url(`/events?since=${since}`))
      expect(await viewer.until('hello')).toMatchObject({ reset: true })
      await viewer.close()
    },
  )

  test('reach 20 viewers; the next one is told to wait', async () => {
    const viewers = await Promise.all(
      Array.from({ length: 20 }, () => openViewer(server.url('/events'))),
    )
    const refused = await askRaw(server.port, '/events')
    expect(refused.status).toBe(503)
    expect(refused.headers['retry-after']).toBe('30')
    expect(refused.body.toString()).toContain('20 viewers')
    await viewers[0]!.close()
    const next = await waitFor('a free place', () => openViewer(server.url('/events')))
    for (const viewer of [...viewers, next]) await viewer.close()
  })
})

describe('the files', () => {
  test('/ is the page, which is asked for again', async () => {
    const { status, headers, body } = await askRaw(server.port, '/')
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(body.toString()).toBe('<title>page</title>')
    const again = await askRaw(server.port, '/', { 'if-none-match': String(headers.etag) })
    expect([again.status, again.body.length]).toEqual([304, 0])
  })

  test.each([
    ['', undefined, 'page()'],
    ['br', undefined, 'page()'],
    ['gzip;q=0', undefined, 'page()'],
    ['br, gzip', 'gzip', gzipSync('page()').toString('latin1')],
  ])('a name with a hash is kept for ever; accept-encoding %j', async (accept, encoding, text) => {
    const asked = await askRaw(server.port, '/page-0a1b2c3d4e5f.js', { 'accept-encoding': accept })
    expect(asked.headers['content-encoding']).toBe(encoding)
    expect(asked.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(asked.body.toString('latin1')).toBe(text)
  })

  test.each([
    '/secret.key',
    '/page-0a1b2c3d4e5f.js.gz',
    '/../package.json',
    '/%2e%2e/package.json',
  ])('%s is no file of the page', async (path) => {
    expect((await askRaw(server.port, path)).status).toBe(404)
  })

  test('HEAD has no body, POST is refused', async () => {
    const head = await askRaw(server.port, '/page-0a1b2c3d4e5f.js', {}, 'HEAD')
    expect([head.status, head.body.length]).toEqual([200, 0])
    expect((await askRaw(server.port, '/', {}, 'POST')).status).toBe(405)
  })

  test('without a built page, / says how to build it', async () => {
    const other = await startPageServer()
    const { status, body } = await askRaw(other.port, '/')
    await other.close()
    expect([status, body.toString()]).toEqual([404, 'the page is not built: run npm run build\n'])
  })
})

test.each([
  '/',
  '/map.json',
  '/services.json',
  '/service.json?name=a/b',
  '/propagation.json',
  '/events',
])(
  '%s is not for a foreign name in the Host header, nor for the page of another site',
  async (path) => {
    expect((await askRaw(server.port, path, { host: 'evil.example' })).status).toBe(403)
    const origin = 'http://evil.example'
    expect((await askRaw(server.port, path, { origin })).status).toBe(403)
  },
)

test('nothing was logged', () => {
  expect(server.lines).toEqual([])
})
