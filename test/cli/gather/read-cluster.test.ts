// What the summary says of a request that gets no answer.
import { expect, test } from 'vitest'
import { attempt } from '../../../src/cli/gather/read-cluster.ts'
import { clusterReport } from '../../../src/cli/gather/report.ts'
import { ApiClient } from '../../../src/kube/api-client.ts'
import { fullClientDeps } from '../../../src/kube/client-deps.ts'
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
