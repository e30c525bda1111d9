// A source with a snapshot: its objects are there before the API server answers, and its first list corrects them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSource } from '../../../src/sources/open.ts'
import type { Reads } from '../../../src/sources/source-request.ts'
import { bookmark, event, startFakeApiServer } from '../../support/fake-apiserver.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { EVERYTHING, requestOf } from '../../support/source-request.ts'
import { waitFor } from '../../support/wait-for.ts'

type Objects = Readonly<Record<string, readonly object[]>>

const cleanups: (() => unknown)[] = []
let file: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'source-'))
  file = join(folder, 'objects')
  cleanups.push(() => rmSync(folder, { recursive: true }))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** An API server that lists what it has when it is allowed to. */
async function startServer() {
  const state = { objects: {} as Objects, lists: true }
  const server = await startFakeApiServer((url, response) => {
    if (!state.lists) {
      response.writeHead(503)
      return response.end()
    }
    const resource = url.pathname.split('/').at(-1)!
    if (resource === 'multicluster.x-k8s.io') {
      return response.end(JSON.stringify({ versions: [{ version: 'v1alpha1' }] }))
    }
    if (resource === 'v1alpha1') {
      return response.end(JSON.stringify({ resources: [{ name: 'serviceimports' }] }))
    }
    for (const object of state.objects[resource] ?? []) response.write(event('ADDED', object))
    response.write(bookmark('10', true))
  })
  cleanups.push(() => server.close())
  return { state, url: server.url }
}

function open(url: string, cluster = 'c', reads: Reads = EVERYTHING) {
  const lines: string[] = []
  const snapshot = { file, maxAgeMs: 0, cluster }
  const request = { ...requestOf({ kind: 'endpoint', url } as const, reads), snapshot }
  const source = openSource(request, { log: memoryLog(lines).log })
  source.snapshot!.writeTo(snapshot)
  let isOpen = true
  const close = async () => {
    if (isOpen) await source.close()
    isOpen = false
  }
  cleanups.push(close)
  const names = () => ({
    imports: [...source.store.serviceKeys()].sort(),
    services: [...source.store.localServiceKeys()].sort(),
    namespaces: [...source.store.namespaces()].sort(),
    pods: [...source.store.podAddresses()].sort(),
  })
  const synced = () => waitFor('the lists', () => source.store.synced, { detail: lines.join })
  return { source, lines, close, names, synced }
}

const meta = (name: string) => ({ name, namespace: 'ns', resourceVersion: '5' })
const service = (name: string) => ({ metadata: meta(name), spec: { clusterIP: '10.0.0.1' } })
const serviceImport = (name: string) => ({ metadata: meta(name), spec: { type: 'Headless' } })
const pod = (name: string, podIP: string) => ({ metadata: meta(name), status: { podIP } })
const namespace = (name: string) => ({ metadata: { name, resourceVersion: '5' } })
const before: Objects = {
  services: [service('kept'), service('gone')],
  serviceimports: [serviceImport('kept'), serviceImport('gone')],
  pods: [pod('kept', '10.1.0.1'), pod('gone', '10.1.0.2')],
  namespaces: [namespace('ns'), namespace('gone')],
}
const after: Objects = {
  services: [service('kept'), service('added')],
  serviceimports: [serviceImport('kept'), serviceImport('added')],
  pods: [pod('kept', '10.1.0.1'), pod('added', '10.1.0.3')],
  namespaces: [namespace('ns'), namespace('added')],
}
const namesOf = (other: string, ip: string) => ({
  imports: ['ns/kept', `ns/${other}`].sort(),
  services: ['ns/kept', `ns/${other}`].sort(),
  namespaces: ['ns', other].sort(),
  pods: ['ns/10.1.0.1', `ns/${ip}`],
})

/** A server whose objects are in the file. */
async function written() {
  const server = await startServer()
  server.state.objects = before
  const first = open(server.url)
  await first.synced()
  await first.close()
  return server
}

describe('a source with a snapshot', () => {
  test('has its objects at once, is not synced, and says so', async () => {
    const { url, state } = await written()
    state.lists = false
    const { source, names, lines } = open(url)
    expect(names()).toEqual(namesOf('gone', '10.1.0.2'))
    expect([source.store.synced, source.snapshot!.isRestored]).toEqual([false, true])
    expect(source.snapshot!.status()).toMatchObject({ isStale: true, writes: 0, failures: 0 })
    expect(lines[0]).toMatch(
      /^\[INFO\] endpoint \S+: names are answered from snapshot \S+ \(8 objects, \ds old\) until/,
    )
    const failure = () => lines.find((line) => line.includes('503'))
    await waitFor('a failure', failure)
    expect(failure()).toMatch(/; queries are answered from the snapshot$/)
  })

  test('is corrected by the first list, and its subscribers learn what is gone', async () => {
    const { url, state } = await written()
    state.objects = after
    const { source, names, synced, lines } = open(url)
    const changed = { services: new Set(), localServices: new Set(), pods: new Set() }
    const namespaces = new Set<string>()
    source.store.subscribe((change) => {
      for (const key of change.services) changed.services.add(key)
      for (const key of change.localServices) changed.localServices.add(key)
      for (const key of change.pods) changed.pods.add(key)
      for (const key of change.namespaces) namespaces.add(key)
    })
    await synced()
    expect(names()).toEqual(namesOf('added', '10.1.0.3'))
    expect(changed).toEqual({
      services: new Set(['ns/added', 'ns/gone']),
      localServices: new Set(['ns/added', 'ns/gone']),
      pods: new Set(['ns/10.1.0.3', 'ns/10.1.0.2']),
    })
    expect(namespaces).toEqual(new Set(['added', 'gone']))
    expect(source.snapshot!.status()).toMatchObject({ isStale: false })
    expect(lines.at(-1)).toMatch(/all objects are listed: no name is answered from the snapshot/)
  })

  test('keeps its objects through a list that breaks off', async () => {
    const server = await written()
    server.state.lists = false
    const { names, lines } = open(server.url)
    await waitFor('failures', () => lines.filter((line) => line.includes('503')).length > 0)
    expect(names()).toEqual(namesOf('gone', '10.1.0.2'))
  })

  test('does not write it before all is listed, not even at the stop', async () => {
    const { url, state } = await written()
    const text = readFileSync(file, 'utf8')
    state.lists = false
    const { close } = open(url)
    await close()
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test.each<[string, string, Reads, RegExp]>([
    ['of another cluster', 'other', EVERYTHING, /it is of another cluster, c; this one is other/],
    ['of other options', 'c', { ...EVERYTHING, pods: false }, /with other options/],
  ])('starts without objects with one %s, and tells why', async (_, cluster, reads, reason) => {
    const { url, state } = await written()
    state.lists = false
    const { lines, names, source } = open(url, cluster, reads)
    expect(lines.filter((line) => line.includes('is ignored'))).toHaveLength(1)
    expect(lines[0]).toMatch(reason)
    expect(lines[0]).toMatch(/^\[WARNING\] .* names are answered when all objects are listed$/)
    expect(names().services).toEqual([])
    expect(source.snapshot!.isRestored).toBe(false)
  })

  test('has no part of one that is damaged behind its beginning', async () => {
    const { url, state } = await written()
    writeFileSync(file, readFileSync(file, 'utf8').replace('s ns/kept', 's ns/kexx'))
    state.lists = false
    const { lines, names } = open(url)
    expect(lines[0]).toMatch(/is ignored: its checksum does not match/)
    expect(names()).toEqual({ imports: [], services: [], namespaces: [], pods: [] })
  })

  test('tells that there is none yet', async () => {
    const { url } = await startServer()
    const { lines } = open(url)
    expect(lines[0]).toBe(`[INFO] endpoint ${url}: there is no snapshot ${file} yet`)
  })
})
