// Manifests applied to an embedded cluster, and the DNS source of that cluster.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEmbeddedSource } from '../../../src/cli/demo-source.ts'
import { EmbeddedApi } from '../../../src/fleet/embedded/api.ts'
import { EmbeddedManifests } from '../../../src/fleet/embedded/manifests.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { IMPORTS } from '../../support/source-request.ts'

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
  return { lines, log, api, manifests, write }
}

test('objects of a file are created, patched and deleted; fields of other writers stay', async () => {
  const { lines, log, api, write } = start()
  const source = openEmbeddedSource('c', api, { reads: IMPORTS, labels: '' }, log)
  await write(NAMESPACE + serviceImport('ClusterSetIP', ', sessionAffinity: None'))
  api.patch('serviceimports', 'ns/web', { spec: { ips: ['10.96.0.9'] } }, 'fleet')
  expect(source.store.service('ns/web')?.service).toMatchObject({ ips: ['10.96.0.9'] })
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
  expect(lines.join()).toContain(
    'a.yaml:5: ServiceImport ns/web: spec.type: Unsupported value: "Nonsense": supported values: "ClusterSetIP", "Headless"',
  )
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

test('a kind of another API group is not taken for ours, with a warning', async () => {
  const { lines, api, write } = start()
  const of = (apiVersion: string, kind: string) =>
    `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: web, namespace: ns}\nspec: {}\n`
  await write(
    NAMESPACE +
      of('net.gke.io/v1', 'ServiceExport') +
      of('serving.knative.dev/v1', 'Service') +
      of('apps/v1', 'Deployment'),
  )
  expect(api.get('serviceexports', 'ns/web')).toBeUndefined()
  expect(api.get('services', 'ns/web')).toBeUndefined()
  expect(lines).toEqual([
    expect.stringMatching(
      /^\[WARNING\] .*a\.yaml:5: ns\/web: ServiceExport of API group net\.gke\.io /,
    ),
    expect.stringMatching(/^\[WARNING\] .*a\.yaml:10: ns\/web: Service of API group serving\./),
  ])
})

test('a folder that is renamed is told once, and once when it is back; its objects stay', async () => {
  const { lines, api, manifests, write } = start()
  await write(NAMESPACE)
  await rename(folder, `${folder}-away`)
  for (let i = 0; i < 3; i++) await manifests.read(Date.now())
  expect(lines).toEqual([expect.stringMatching(/^\[ERROR\] .*the folder cannot be read: .*ENOENT/)])
  expect(api.get('namespaces', 'ns')).toBeDefined()
  await rename(`${folder}-away`, folder)
  for (let i = 0; i < 3; i++) await manifests.read(Date.now())
  expect(lines.slice(1)).toEqual([`[INFO] ${folder}: readable again`])
})

test.each([
  ['of a List', 'kind: List', 'apiVersion: v1, kind: Service'],
  ['of a ServiceList, which may leave out their kind', 'kind: ServiceList', ''],
])('objects %s are applied one by one', async (_, list, item) => {
  const { lines, api, write } = start()
  const named = (name: string) =>
    `- {${item === '' ? '' : `${item}, `}metadata: {name: ${name}, namespace: ns}, spec: {ports: [{port: 80}]}}\n`
  await write(`${NAMESPACE}---\napiVersion: v1\n${list}\nitems:\n${named('a')}${named('b')}`)
  expect([...api.list('services')].map(({ kind, apiVersion }) => [kind, apiVersion])).toEqual([
    ['Service', 'v1'],
    ['Service', 'v1'],
  ])
  await write(`${NAMESPACE}---\napiVersion: v1\n${list}\nitems:\n${named('b')}`)
  expect(api.get('services', 'ns/a')).toBeUndefined()
  expect(lines).toEqual([])
})

test('an object of a List that is not read is a warning', async () => {
  const { lines, write } = start()
  await write(
    'apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Servic, metadata: {name: a}}]\n',
  )
  expect(lines.join()).toMatch(/a\.yaml:1: a: kind "Servic" .* did you mean Service\?/)
})
