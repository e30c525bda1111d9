// A member that sends without end fails, keeps what was read before, and leaves the other members alone.
import type { ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { Identities } from '../../../src/fleet/member/identity.ts'
import { KubeCluster } from '../../../src/fleet/member/kube-cluster.ts'
import { writeEndlessly } from '../../support/endless.ts'
import { event } from '../../support/fake-apiserver.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'
import { service, startFakeCluster } from './fake-cluster.ts'

const MEMBER_BYTES = 1_000_000
const REMEDY = 'if this is intended, raise memory.memberMegabytes (now 1) of the fleet'

type Attack = (url: URL, response: ServerResponse) => boolean

/** A cluster that answers requests for Services with `attack`, and a member of it. */
async function startMember(attack: Attack) {
  const server = await startFakeCluster({
    attack: (url, response) => url.pathname === '/api/v1/services' && attack(url, response),
  })
  onTestFinished(() => server.close())
  const clock = handClock()
  const lines: string[] = []
  const open = (name: string, url: string) => {
    const deps = { log: memoryLog(lines).log, clock, random: () => 0 }
    const identities = new Identities(() => [])
    const spec = { kind: 'endpoint', url } as const
    const cluster = new KubeCluster({ name, spec, identities, deps, memberBytes: MEMBER_BYTES })
    onTestFinished(() => cluster.close())
    return cluster
  }
  const bad = open('bad', server.url)
  const failures = () => bad.failures.get('services')?.get('too_large') ?? 0
  const probe = () => bad.probe(AbortSignal.timeout(10_000))
  return { bad, server, clock, lines, open, failures, probe }
}

const isWatch = (url: URL) => url.searchParams.has('watch')
const refuseStream = (url: URL, response: ServerResponse) => {
  if (url.searchParams.has('sendInitialEvents')) response.writeHead(400).end('{}')
  return url.searchParams.has('sendInitialEvents')
}

test.each<[string, Attack, string]>([
  [
    'a list without end',
    (url, response) => {
      if (refuseStream(url, response) || isWatch(url)) return isWatch(url)
      response.write('{"metadata":{"resourceVersion":"1"},"items":[')
      writeEndlessly(response, (i) => `${JSON.stringify(service(`s${i}`, '1'))},`)
      return true
    },
    'list services: the response of URL is larger than 0.125 MB; REMEDY (a page of one object)',
  ],
  [
    'a streamed list of endless objects',
    (_url, response) => {
      writeEndlessly(response, (i) => event('ADDED', service(`s${i}`, '1')))
      return true
    },
    'services: what is kept of the objects of this cluster is larger than 1 MB; REMEDY',
  ],
  [
    'a line without end',
    (_url, response) => {
      writeEndlessly(response, () => 'x'.repeat(10_000))
      return true
    },
    'watch services: an event of URL is larger than 0.125 MB; REMEDY',
  ],
  [
    'pages without end',
    (url, response) => {
      if (refuseStream(url, response)) return true
      const metadata = { resourceVersion: '1', continue: 'more' }
      response.end(JSON.stringify({ metadata, items: [service('same', '1')] }))
      return true
    },
    'the list of services is larger than 16 MB; REMEDY',
  ],
])('a member that sends %s is not synced, and says why', async (_, attack, text) => {
  const { bad, server, lines, open, failures, probe } = await startMember(attack)
  await waitFor('the failure', () => failures() === 1, { detail: () => lines.join('\n') })
  const message = text.replace('URL', server.url).replace('REMEDY', REMEDY)
  expect(bad.synced).toBe(false)
  expect(bad.lastError).toBe(message)
  await expect(probe()).rejects.toThrow(message)
  expect(lines.join('\n')).toContain(`[ERROR] cluster bad: ${message}`)
  expect(bad.bytes).toBeLessThan(1.1 * MEMBER_BYTES)
  const good = await startFakeCluster({ uid: 'uid-2' })
  onTestFinished(() => good.close())
  const other = open('other', good.url)
  await waitFor('the other member is synced', () => other.synced)
})

test('a member whose watch sends objects without end fails, keeps its objects, and heals', async () => {
  let attacks = true
  const { bad, clock, lines, failures, probe } = await startMember((url, response) => {
    if (!attacks || !isWatch(url) || url.searchParams.has('sendInitialEvents')) return false
    writeEndlessly(response, (i) => event('ADDED', service(`s${i}`, '11')))
    return true
  })
  await waitFor('the member is synced', () => bad.synced)
  // The first watch ends without an event, and the attack begins.
  clock.advance(100_000)
  await waitFor('the failure', () => failures() === 1, { detail: () => lines.join('\n') })
  const text = 'services: what is kept of the objects of this cluster is larger than 1 MB'
  await expect(probe()).rejects.toThrow(text)
  expect(lines.join('\n')).toContain(`${text}; ${REMEDY}; its last known objects are kept`)
  expect(bad.reader.snapshot('ns/web').service).toMatchObject({ uid: 'uid-web' })
  expect(bad.synced).toBe(true)
  attacks = false
  await waitFor('the member is healthy again', async () => {
    clock.advance(60_000)
    return (await probe().catch(() => '')) === 'uid-1'
  })
  expect(bad.reader.snapshot('ns/s1').service).toBeUndefined()
  expect(bad.bytes).toBeLessThan(10_000)
})
