// A source at an API server: which requests it sends, and what it reads.
import { afterEach, describe, expect, test } from 'vitest'
import { PROTOBUF_TYPE } from '../../src/kube/media-types.ts'
import { openSource } from '../../src/sources/open.ts'
import type { Reads } from '../../src/sources/source-request.ts'
import { bookmark, event, startFakeApiServer } from '../support/fake-apiserver.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { memoryLog } from '../support/memory-log.ts'
import { encodePod, encodeService, frame, message, wrap } from '../support/protobuf-encode.ts'
import { EVERYTHING, IMPORTS, requestOf } from '../support/source-request.ts'
import { waitFor } from '../support/wait-for.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Streams these objects as JSON, by the last part of the path. */
async function start(
  objects: Readonly<Record<string, readonly object[]>>,
  reads: Reads,
  labels = '',
) {
  const server = await startFakeApiServer((url, response) => {
    const resource = url.pathname.split('/').at(-1)!
    if (resource === 'multicluster.x-k8s.io') {
      const versions = [{ version: 'v1alpha1' }]
      return response.end(JSON.stringify({ kind: 'APIGroup', versions }))
    }
    if (resource === 'v1alpha1') {
      return response.end(JSON.stringify({ resources: [{ name: 'serviceimports' }] }))
    }
    for (const object of objects[resource] ?? []) response.write(event('ADDED', object))
    response.write(bookmark('10', true))
  })
  const lines: string[] = []
  const spec = { kind: 'endpoint', url: server.url } as const
  const source = openSource({ ...requestOf(spec, reads), labels }, { log: memoryLog(lines).log })
  cleanups.push(
    () => server.close(),
    () => source.close(),
  )
  return { source, server, detail: () => [...lines, ...server.requests].join('\n') }
}

const meta = (name: string, labels: object = {}) => ({
  name,
  namespace: 'ns',
  resourceVersion: '5',
  labels,
})
const objects = {
  services: [{ metadata: meta('web'), spec: { clusterIP: '10.0.0.1' } }],
  serviceimports: [{ metadata: meta('imp'), spec: { type: 'ClusterSetIP', ips: ['10.9.0.1'] } }],
  endpointslices: [
    {
      metadata: meta('web-1', { 'kubernetes.io/service-name': 'web' }),
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.0.1'], targetRef: { kind: 'Pod', name: 'web-0' } }],
    },
  ],
  namespaces: [{ metadata: { name: 'ns', resourceVersion: '5', labels: { team: 'a' } } }],
  pods: [{ metadata: meta('web-0'), status: { podIP: '10.1.0.1' } }],
}

describe('a source at an API server', () => {
  test('reads all resources that are needed', async () => {
    const { source, detail } = await start(objects, EVERYTHING, 'a=b')
    const all = source.status().map(({ resource }) => resource)
    expect(all).toEqual(['serviceimports', 'services', 'endpointslices', 'namespaces', 'pods'])
    await waitFor('the objects', () => source.store.synced, { detail })
    expect(source.store.localService('ns/web')).toMatchObject({
      service: { ips: ['10.0.0.1'] },
      slices: [{ endpoints: [{ podName: 'web-0' }] }],
    })
    expect(source.store.service('ns/imp')).toBeDefined()
    expect(source.store.namespaceLabels('ns')).toEqual({ team: 'a' })
    expect(source.store.hasPod('ns/10.1.0.1')).toBe(true)
    expect(source.name).toMatch(/ labels a=b$/)
  })

  test('asks for nothing else', async () => {
    const { source, server, detail } = await start(objects, IMPORTS)
    await waitFor('the objects', () => source.store.synced, { detail })
    const paths = new Set(server.requests.map((request) => new URL(request, 'http://x').pathname))
    expect([...paths].sort()).toEqual([
      '/api/v1/namespaces',
      '/apis/discovery.k8s.io/v1/endpointslices',
      '/apis/multicluster.x-k8s.io',
      '/apis/multicluster.x-k8s.io/v1alpha1',
      '/apis/multicluster.x-k8s.io/v1alpha1/serviceimports',
    ])
    expect(source.store.localService('ns/web')).toBeUndefined()
  })

  test('one resource without rights delays neither the others nor whoever does not need it', async () => {
    const server = await startFakeApiServer((url, response) => {
      if (url.pathname.endsWith('/pods')) {
        response.statusCode = 403
        return response.end('{"kind":"Status","message":"no"}')
      }
      response.write(bookmark('10', true))
    })
    const lines: string[] = []
    const reads = { ...EVERYTHING, imports: false }
    const request = requestOf({ kind: 'endpoint', url: server.url }, reads)
    const source = openSource(request, { log: memoryLog(lines).log })
    cleanups.push(
      () => server.close(),
      () => source.close(),
    )
    expect(await source.whenListed(['services', 'endpointslices', 'namespaces'], 10_000)).toBe(true)
    expect(source.store.synced).toBe(false)
    await waitFor('the log line', () => lines.some((line) => /pods/.test(line)))
  })

  test('sends its requests within the limits, one after the other', async () => {
    let open = 0
    let most = 0
    const server = await startFakeApiServer((_url, response) => {
      most = Math.max(most, ++open)
      setImmediate(() => {
        open--
        response.write(bookmark('10', true))
      })
    })
    const reads = { ...EVERYTHING, imports: false }
    const request = requestOf({ kind: 'endpoint', url: server.url }, reads)
    const limits = { qps: 0, burst: 0, maxInflight: 1 }
    const source = openSource({ ...request, limits }, { log: memoryLog([]).log })
    cleanups.push(
      () => server.close(),
      () => source.close(),
    )
    await waitFor('the objects', () => source.store.synced)
    expect([server.requests.length, most]).toEqual([4, 1])
  })

  test('reads Services and Pods as protobuf', async () => {
    const service = {
      metadata: meta('web'),
      spec: { clusterIP: '10.0.0.1' },
    } as unknown as KubeObject
    const pod = { metadata: meta('p'), status: { podIP: '10.1.0.9' } } as unknown as KubeObject
    const end = message({
      1: message({ 6: '10', 12: message({ 1: 'k8s.io/initial-events-end', 2: 'true' }) }),
    })
    const frames: Readonly<Record<string, Buffer>> = {
      Service: frame('ADDED', wrap('v1', 'Service', encodeService(service))),
      Pod: frame('ADDED', wrap('v1', 'Pod', encodePod(pod))),
    }
    const server = await startFakeApiServer((url, response) => {
      const kind = url.pathname.endsWith('/pods')
        ? 'Pod'
        : url.pathname.endsWith('/services')
          ? 'Service'
          : undefined
      if (kind === undefined) return response.write(bookmark('10', true))
      response.setHeader('content-type', `${PROTOBUF_TYPE};stream=watch`)
      response.write(frames[kind])
      response.write(frame('BOOKMARK', wrap('v1', kind, end)))
    })
    const lines: string[] = []
    const reads = { ...EVERYTHING, imports: false }
    const source = openSource(requestOf({ kind: 'endpoint', url: server.url }, reads), {
      log: memoryLog(lines).log,
    })
    cleanups.push(
      () => server.close(),
      () => source.close(),
    )
    await waitFor('the objects', () => source.store.synced, { detail: () => lines.join('\n') })
    expect(source.store.localService('ns/web')?.service.ips).toEqual(['10.0.0.1'])
    expect(source.store.hasPod('ns/10.1.0.9')).toBe(true)
  })
})
