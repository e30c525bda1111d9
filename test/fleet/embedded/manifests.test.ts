// Manifests applied to an embedded cluster, and the DNS source of that cluster.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEmbeddedSource } from '../../../src/cli/demo-source.ts'
import { EmbeddedApi } from '../../../src/fleet/embedded/api.ts'
import { EmbeddedManifests } from '../../../src/fleet/embedded/manifests.ts'
import { memoryLog } from '../../support/memory-log.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifests-'))
})
afterEach(() => rm(folder, { recursive: true }))

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n'
const serviceImport = (type: string, more = '') => `---
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: {name: web, namespace: ns}
spec: {type: ${type}, ports: []${more}}
`

function start() {
  const lines: string[] = []
  const { log } = memoryLog(lines)
  const api = new EmbeddedApi({ name: 'c', wall: () => 0 })
  const manifests = new EmbeddedManifests(folder, api, log)
  const write = async (text: string) => {
    await writeFile(join(folder, 'a.yaml'), text)
    await manifests.read(Date.now())
  }
  return { lines, log, api, write }
}

test('objects of a file are created, patched and deleted; fields of other writers stay', async () => {
  const { lines, log, api, write } = start()
  const source = openEmbeddedSource('c', api, log)
  await write(NAMESPACE + serviceImport('ClusterSetIP', ', sessionAffinity: None'))
  api.patch('serviceimports', 'ns/web', { spec: { ips: ['10.96.0.9'] } }, 'fleet')
  expect(source.store.service('ns/web')?.serviceImport).toMatchObject({ ips: ['10.96.0.9'] })
  await write(NAMESPACE + serviceImport('Headless'))
  expect(api.get('serviceimports', 'ns/web')?.spec).toEqual({
    type: 'Headless',
    ports: [],
    ips: ['10.96.0.9'],
  })
  await write(`${NAMESPACE}---\nkind: [`)
  expect(lines.join()).toMatch(/a\.yaml:\d+:\d+/)
  expect(api.get('serviceimports', 'ns/web')?.spec).toMatchObject({ type: 'Headless' })
  await write(NAMESPACE)
  expect(api.get('serviceimports', 'ns/web')).toBeUndefined()
  expect(source.store.service('ns/web')).toBeUndefined()
  expect(source.store.hasNamespace('ns')).toBe(true)
  await source.close()
})

test('a rejected manifest is not applied: the next patch removes fields of the last accepted one', async () => {
  const { lines, api, write } = start()
  await write(NAMESPACE + serviceImport('ClusterSetIP', ', sessionAffinity: None'))
  await write(NAMESPACE + serviceImport('Nonsense'))
  expect(lines.join()).toContain('spec.type: Unsupported value')
  expect(api.get('serviceimports', 'ns/web')?.spec).toHaveProperty('sessionAffinity')
  await write(NAMESPACE + serviceImport('Headless'))
  expect(api.get('serviceimports', 'ns/web')?.spec).toEqual({ type: 'Headless', ports: [] })
})

test('an empty file deletes its objects, and its Namespace with the objects in it', async () => {
  const { lines, api, write } = start()
  await write(NAMESPACE + serviceImport('ClusterSetIP'))
  await write('# nothing\n')
  expect(api.get('namespaces', 'ns')).toBeUndefined()
  expect(api.get('serviceimports', 'ns/web')).toBeUndefined()
  expect(lines).toEqual([])
})
