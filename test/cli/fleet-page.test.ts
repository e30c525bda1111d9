// The page of a running fleet: off until the configuration asks for it, the leader's view, and the end with an open viewer.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { MapDocument, ServiceDocument } from '../../src/fleet/page/document.ts'
import { CLI } from '../support/build.ts'
import { startChild } from '../support/child.ts'
import { openViewer } from '../support/event-reader.ts'
import { startFakeMember } from '../support/fake-member.ts'
import { freePort } from '../support/free-port.ts'
import { askRaw } from '../support/page-server.ts'
import { waitFor } from '../support/wait-for.ts'

async function startFleet(settings: string) {
  const hub = await startFakeMember('1')
  onTestFinished(() => hub.close())
  const folder = mkdtempSync(join(tmpdir(), 'fleet-page-'))
  writeFileSync(join(folder, 'hub.kubeconfig'), hub.kubeconfig)
  const port = await freePort()
  const config = join(folder, 'fleet.yaml')
  const members = 'members: [{id: hub, kubeconfig: hub.kubeconfig}]\nhub: {member: hub}'
  writeFileSync(config, `${members}\nlisten: 127.0.0.1:${port}\n${settings}\n`)
  const child = startChild('fleet', process.execPath, [CLI, 'fleet', '--config', config])
  onTestFinished(() => child.kill9())
  const url = (path: string) => `http://127.0.0.1:${port}${path}`
  await waitFor('it is ready', async () => (await fetch(url('/readyz'))).ok, {
    timeoutMs: 60_000,
    detail: child.tail,
  })
  return { hub, child, port, url }
}

test('the fleet serves no page by default, and checks the Host header of its status', async () => {
  const { port, child } = await startFleet('page: {hosts: [fleet.example.org]}')
  const status = async (path: string, host = `127.0.0.1:${port}`) =>
    (await askRaw(port, path, { host })).status
  for (const path of ['/', '/map.json', '/services.json', '/events']) {
    expect(await status(path), path).toBe(404)
  }
  expect(await status('/status.json')).toBe(200)
  expect(await status('/status.json', 'fleet.example.org')).toBe(200)
  expect(await status('/status.json', 'evil.example')).toBe(403)
  await child.stop()
}, 90_000)

test('with page.enabled the leader tells of its clusters, and a viewer does not delay its end', async () => {
  const { hub, child, url } = await startFleet('page: {enabled: true}')
  const viewer = await openViewer(url('/events'))
  await viewer.until('status', ({ observer, clusters }) => {
    return observer === 'leader' && clusters[0]?.state === 'ready'
  })
  const map = (await (await fetch(url('/map.json'))).json()) as MapDocument
  expect(map).toMatchObject({ observer: 'leader', services: { total: 0 } })
  expect(map.leader.holder).not.toBe('')
  expect(map.clusters[0]).toMatchObject({ name: 'hub', hub: true, state: 'ready', phase: 'fresh' })
  const metadata = { name: 'web', namespace: 'ns', uid: 'u', resourceVersion: '900' }
  const exported = { metadata, apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceExport' }
  hub.add('/apis/multicluster.x-k8s.io/v1alpha1/serviceexports', exported)
  await viewer.until('services', ({ changed }) => changed.some(({ state }) => state === 'broken'))
  const { history } = (await (
    await fetch(url('/service.json?name=ns/web'))
  ).json()) as ServiceDocument
  expect(history).toMatchObject([{ cluster: 'hub', kind: 'export', text: 'exported' }])
  expect(viewer.isOpen).toBe(true)
  child.kill('SIGTERM')
  await child.ended
  expect(child.exitCode()).toBe(0)
  await waitFor('the end of the events', () => !viewer.isOpen)
}, 90_000)
