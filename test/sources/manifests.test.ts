// A folder of manifests as a source: what is passed over is told, and so is a folder or file that goes and comes back.
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openManifests } from '../../src/sources/manifests.ts'
import type { Reads } from '../../src/sources/source-request.ts'
import { handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { EVERYTHING, IMPORTS } from '../support/source-request.ts'
import { waitFor } from '../support/wait-for.ts'

function start() {
  const parent = mkdtempSync(join(tmpdir(), 'manifests-'))
  const folder = join(parent, 'served')
  const file = join(folder, 'a.yaml')
  const lines: string[] = []
  const clock = handClock()
  const write = (text: string) => writeFileSync(file, text)
  const open = (text: string, reads: Reads = IMPORTS) => {
    renameSync(mkdtempSync(join(parent, 'new-')), folder)
    write(text)
    const source = openManifests(folder, reads, { log: memoryLog(lines).log, clock })
    onTestFinished(async () => {
      const closed = source.close()
      clock.advance(1000)
      await closed
      rmSync(parent, { recursive: true })
    })
    return source
  }
  /** Polls until the condition holds. */
  const until = (what: string, probe: () => boolean) =>
    waitFor(
      what,
      () => {
        clock.advance(1000)
        return probe()
      },
      { detail: () => lines.join('\n') },
    )
  const polls = async (count: number) => {
    for (let i = 0; i < count; i++) {
      clock.advance(1000)
      for (let n = 0; n < 5; n++) await new Promise((done) => setTimeout(done, 1))
    }
  }
  return { folder, file, lines, open, write, until, polls }
}

const object = (apiVersion: string, kind: string, name = 'web') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: ns}\n` +
  'spec: {type: ClusterSetIP, ips: [10.0.0.1], ports: [{name: http, port: 80}]}\n'
const MCS = 'multicluster.x-k8s.io/v1alpha1'

describe('a file with', () => {
  test.each<[string, string, RegExp[]]>([
    [
      'a ServiceImport of another API group',
      `# first\n${object('net.gke.io/v1', 'ServiceImport')}`,
      [/^\[WARNING\] .*a\.yaml:2: ns\/web: ServiceImport of API group net\.gke\.io is not read/],
    ],
    [
      'a second document with a mistyped kind',
      `${object('apps/v1', 'Deployment')}---\n${object(MCS, 'ServiceImprot')}`,
      [/^\[WARNING\] .*a\.yaml:6: ns\/web: kind "ServiceImprot".*did you mean ServiceImport\?/],
    ],
    [
      'a second document with a type that does not exist',
      `${object('apps/v1', 'Deployment')}---\n${object(MCS, 'ServiceImport').replace('ClusterSetIP', 'Other')}`,
      [
        /ServiceImport ns\/web: spec\.type is "Other", not ClusterSetIP or Headless; it is skipped \(a\.yaml:6\)$/,
      ],
    ],
    [
      'a version that does not exist',
      object('multicluster.x-k8s.io/v9', 'ServiceImport'),
      [
        /apiVersion is "multicluster\.x-k8s\.io\/v9", not multicluster\.x-k8s\.io\/v1alpha1 or \S+v1beta1; .*a\.yaml:1\)$/,
      ],
    ],
    [
      'a list of imports of another API group',
      'apiVersion: net.gke.io/v1\nkind: ServiceImportList\nitems: [{metadata: {name: web, namespace: ns}}]\n',
      [/^\[WARNING\] .*a\.yaml:1: ns\/web: ServiceImport of API group net\.gke\.io is not read/],
    ],
    [
      'kinds of no interest',
      `${object('apps/v1', 'Deployment')}---\n${object('v1', 'Service')}`,
      [],
    ],
    [
      'a template',
      object(MCS, 'ServiceImport', '{{.Name}}'),
      [/^\[WARNING\] .*a\.yaml:3:\d+: a mapping or a list is a key here; in a template/, /name/],
    ],
    [
      'an unknown tag',
      `${object(MCS, 'ServiceImport')}x: !Ref y\n`,
      [/a\.yaml:5:4: Unresolved tag/],
    ],
  ])('%s', async (_name, text, expected) => {
    const emitted = vi.spyOn(process, 'emitWarning')
    onTestFinished(() => emitted.mockRestore())
    const { lines, open, until } = start()
    const source = open(text)
    await until('it is read', () => source.store.synced)
    expect(lines.filter((line) => !expected.some((one) => one.test(line)))).toEqual([])
    for (const one of expected) expect(lines.join('\n')).toMatch(new RegExp(one, 'm'))
    expect(emitted).not.toHaveBeenCalled()
  })

  test('a kind that becomes mistyped names what is no longer served', async () => {
    const { lines, open, write, until } = start()
    const source = open(object(MCS, 'ServiceImport'))
    await until('it is served', () => source.store.service('ns/web') !== undefined)
    write(object(MCS, 'ServiceImprot'))
    await until('it is gone', () => source.store.service('ns/web') === undefined)
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatch(/a\.yaml: no longer served from this file: ServiceImport ns\/web$/)
  })
})

test('a folder that is renamed while it is served is told once, and once when it is back', async () => {
  const { folder, lines, open, until, polls } = start()
  const source = open(object(MCS, 'ServiceImport'))
  await until('it is served', () => source.store.service('ns/web') !== undefined)
  renameSync(folder, `${folder}-away`)
  await until('it is told', () => lines.length > 0)
  await polls(5)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^\[ERROR\] .*the objects read before stay in use$/)
  expect(source.store.service('ns/web')).toBeDefined()
  renameSync(`${folder}-away`, folder)
  await until('it is back', () => lines.length > 1)
  await polls(5)
  expect(lines.slice(1)).toEqual([`[INFO] manifests ${folder}: readable again`])
})

test('a file that becomes unreadable is told once, and once when it is back', async () => {
  const { file, lines, open, until, polls } = start()
  const source = open(object(MCS, 'ServiceImport'))
  await until('it is served', () => source.store.service('ns/web') !== undefined)
  // At once: a file that is gone for a moment has no previous objects.
  symlinkSync('nowhere', `${file}.next`)
  renameSync(`${file}.next`, file)
  await until('it is told', () => lines.length > 0)
  await polls(5)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/ENOENT.*its previous objects stay in use$/)
  writeFileSync(`${file}.next`, object(MCS, 'ServiceImport'))
  renameSync(`${file}.next`, file)
  await until('it is back', () => lines.length > 1)
  expect(lines.slice(1)).toEqual([`[INFO] ${file}: readable again`])
})

describe('a folder for the zones of a cluster', () => {
  const labels = (...pairs: string[]) => `labels: {${pairs.join(', ')}}`
  const text = [
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, ${labels('team: a')}}`,
    'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: ns}\nspec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}',
    'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n' +
      `metadata: {name: web-1, namespace: ns, ${labels('kubernetes.io/service-name: web')}}\n` +
      'addressType: IPv4\nendpoints: [{addresses: [10.1.0.1], targetRef: {kind: Pod, name: web-0}}]',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: web-0, namespace: ns}\nstatus: {podIP: 10.1.0.1}',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: web-1, namespace: other}\nstatus: {podIP: 10.1.0.1}',
    'apiVersion: v1\nkind: Node\nmetadata: {name: node}',
  ].join('\n---\n')

  test('has Services, slices, Pods and the labels of namespaces', async () => {
    const { open, until, lines, write } = start()
    const { store } = open(text, EVERYTHING)
    await until('the file is read', () => store.synced)
    expect(store.localService('ns/web')).toMatchObject({
      service: { ips: ['10.0.0.1'] },
      slices: [{ service: 'web', endpoints: [{ podName: 'web-0' }] }],
    })
    expect([...store.podAddresses()].sort()).toEqual(['ns/10.1.0.1', 'other/10.1.0.1'])
    expect([store.namespaceLabels('ns'), store.namespaceLabels('other')]).toEqual([
      { team: 'a' },
      {},
    ])
    expect(lines).toEqual([])
    write(text.replace('10.0.0.1', '10.0.0.2').replace('team: a', 'team: bee'))
    await until('the change is read', () => store.namespaceLabels('ns')?.team === 'bee')
    expect(store.localService('ns/web')?.service.ips).toEqual(['10.0.0.2'])
  })

  test('that is read for imports only has none of them', async () => {
    const { open, until } = start()
    const { store } = open(text)
    await until('the file is read', () => store.synced)
    expect([[...store.localServiceKeys()], [...store.podAddresses()]]).toEqual([[], []])
    expect([...store.namespaces()]).toEqual(['ns'])
  })
})
