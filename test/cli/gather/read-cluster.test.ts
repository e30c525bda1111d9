// What the summary says of a request that gets no answer, and how much of a list is read.
import { expect, test } from 'vitest'
import { attempt, readList } from '../../../src/cli/gather/read-cluster.ts'
import { clusterReport } from '../../../src/cli/gather/report.ts'
import { ApiClient } from '../../../src/kube/api-client.ts'
import { fullClientDeps } from '../../../src/kube/client-deps.ts'
import { startFakeApiServer } from '../../support/fake-apiserver.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'

test('a server that does not answer is named', async () => {
  const clock = handClock()
  const report = clusterReport('east')
  const spec = { kind: 'endpoint', url: 'http://east.test' } as const
  const client = new ApiClient(spec, fullClientDeps({ log: memoryLog([]).log, clock }))
  const { signal } = new AbortController()
  const clean = (text: string) => text
  const hangs = (limit: AbortSignal) =>
    new Promise<void>((_, reject) => {
      limit.addEventListener('abort', () => reject(new Error('The operation was aborted')))
    })
  const done = attempt({ client, clock, report, clean, signal }, 'services', hangs)
  clock.advance(30_000)
  expect(await done).toBeUndefined()
  expect(report.lines).toEqual([
    expect.stringMatching(/^NOT READ {2}services: API_UNREACHABLE: no answer within 30 s from /),
  ])
  await client.close()
})

test.each([
  [100, ['a', 'b'], true],
  [1000, ['a', 'b', 'c'], false],
])('at most %i bytes of a list are read: %j', async (maxBytes, names, isCut) => {
  const items = ['a', 'b', 'c'].map((name) => ({ metadata: { name }, text: 'x'.repeat(10) }))
  const server = await startFakeApiServer((_url, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }))
  })
  const spec = { kind: 'endpoint', url: server.url } as const
  const client = new ApiClient(spec, fullClientDeps({ log: memoryLog([]).log }))
  const list = {
    resource: 'services',
    group: '',
    path: '/api/v1',
    query: '',
    isWanted: () => true,
    shown: (raw: unknown) => raw as object,
  }
  const { signal } = new AbortController()
  const read = await readList(client, list, new Set(), signal, maxBytes)
  expect(read).toEqual({
    items: items.filter(({ metadata }) => names.includes(metadata.name)),
    isCut,
  })
  await client.close()
  await server.close()
})
