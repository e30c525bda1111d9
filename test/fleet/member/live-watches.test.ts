// A member counts as reached only when it answers and all its watches run.
import { afterEach, expect, test } from 'vitest'
import { Identities } from '../../../src/fleet/member/identity.ts'
import { KubeCluster } from '../../../src/fleet/member/kube-cluster.ts'
import { startFakeMember } from '../../support/fake-member.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { waitFor } from '../../support/wait-for.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

test('a member that answers while one of its watches fails is not reached', async () => {
  const server = await startFakeMember('uid-1')
  const clock = handClock()
  const cluster = new KubeCluster({
    name: 'one',
    spec: server.spec,
    identities: new Identities(),
    deps: { log: memoryLog([]).log, clock, random: () => 0 },
  })
  cleanups.push(
    () => cluster.close(),
    () => server.close(),
  )
  await waitFor('it is synced', () => cluster.synced)
  const probe = () => cluster.probe(new AbortController().signal)
  const isReached = () =>
    probe().then(
      () => true,
      () => false,
    )
  expect(await probe()).toBe('uid-1')
  const path = '/api/v1/services'
  server.state.failing = { [path]: 500 }
  server.endWatches(path)
  await waitFor('its failing watch is noticed', async () => {
    clock.advance(1000)
    return !(await isReached())
  })
  await expect(probe()).rejects.toThrow('500')
  // Its cached objects are kept; only the probe fails.
  expect(cluster.synced).toBe(true)
  server.state.failing = {}
  await waitFor('it is reached again', async () => {
    clock.advance(1000)
    return isReached()
  })
})
