// Watches of a real, quiet API server whose etcd has its default progress interval of ten minutes, so that no bookmark
// arrives; and a restart of that server, which answers 429 until its caches are filled.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Identities } from '../../src/fleet/member/identity.ts'
import { KubeCluster } from '../../src/fleet/member/kube-cluster.ts'
import { type Clock, systemClock } from '../../src/kube/clock.ts'
import { openApiSource } from '../../src/sources/api-source.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import { type HandClock, handClock } from '../support/hand-clock.ts'
import { loadCrds } from '../support/manifests.ts'
import { memoryLog } from '../support/memory-log.ts'
import { IMPORT_RESOURCES, requestOf } from '../support/source-request.ts'
import { waitFor } from '../support/wait-for.ts'

/** Longer than a watch may be quiet. */
const QUIET_MS = 100_000

describeWithTools('watches of a quiet API server', (tools) => {
  let cluster: Cluster
  const cleanups: (() => Promise<void>)[] = []

  beforeAll(async () => {
    cluster = await startCluster({ tools })
    await cluster.apply(await loadCrds())
  }, 120_000)

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup()
  })

  afterAll(async () => {
    await cluster?.stop()
  }, 60_000)

  const spec = () => ({ kind: 'kubeconfig', file: cluster.kubeconfigs.token }) as const
  const addNamespace = (name: string) =>
    cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }])

  function openDns(clock: Clock) {
    const lines: string[] = []
    const source = openApiSource(spec(), requestOf(spec()), { log: memoryLog(lines).log, clock })
    cleanups.push(() => source.close())
    const has = (name: string) =>
      waitFor(`namespace ${name}`, () => [...source.store.namespaces()].includes(name), {
        timeoutMs: 40_000,
        detail: () => lines.join('\n'),
      })
    return { source, lines, has }
  }

  const sync = (clock: HandClock, isSynced: () => boolean) =>
    waitFor('it is synced', () => {
      // A CRD that has just been installed may take another attempt.
      clock.advance(100)
      return isSynced()
    })

  test('DNS renews them without a failure, a log line or a new list', async () => {
    const clock = handClock()
    const { source, lines, has } = openDns(clock)
    await sync(clock, () => source.store.synced && source.status().every(({ synced }) => synced))
    lines.length = 0
    const errors = () => source.status().flatMap((one) => [...one.errors])
    const before = errors()
    for (let round = 0; round < 4; round++) {
      clock.advance(QUIET_MS)
      await waitFor('all watches are renewed', () =>
        source.status().every(({ lastEventAt }) => lastEventAt === clock.now()),
      )
    }
    expect(lines).toEqual([])
    expect(errors()).toEqual(before)
    expect(source.status().map(({ relists }) => relists)).toEqual([0, 0, 0])
    await addNamespace('after-quiet')
    await has('after-quiet')
  }, 60_000)

  test('the fleet renews them, and reaches the member meanwhile', async () => {
    const clock = handClock()
    const lines: string[] = []
    const { log } = memoryLog(lines)
    const member = new KubeCluster({
      name: 'one',
      spec: spec(),
      identities: new Identities(),
      deps: { log, clock },
    })
    cleanups.push(() => member.close())
    await sync(clock, () => member.synced)
    lines.length = 0
    const namespaces = new Set<string>()
    member.subscribe((change) => {
      for (const name of change.namespaces) namespaces.add(name)
    })
    clock.advance(QUIET_MS)
    await addNamespace('member-quiet')
    await waitFor('the new namespace', () => namespaces.has('member-quiet'))
    expect(await member.probe(AbortSignal.timeout(10_000))).not.toBe('')
    expect(lines).toEqual([])
  }, 60_000)

  test('after a restart they resume with warnings only, and no wait is longer than 5 s', async () => {
    const waits: number[] = []
    const clock: Clock = {
      ...systemClock,
      after(ms, run) {
        waits.push(ms)
        return systemClock.after(ms, run)
      },
    }
    const { source, lines, has } = openDns(clock)
    expect(await source.whenListed(IMPORT_RESOURCES, 30_000)).toBe(true)
    waits.length = 0
    lines.length = 0
    await cluster.restartApiserver()
    await addNamespace('after-restart')
    await has('after-restart')
    await waitFor('all watches work', () => source.status().every(({ synced }) => synced))
    expect(lines.filter((line) => line.startsWith('[ERROR]'))).toEqual([])
    expect(lines.some((line) => line.startsWith('[WARNING]'))).toBe(true)
    // Longer timers are those of quiet watches.
    expect(waits.filter((ms) => ms > 5000 && ms < 90_000)).toEqual([])
  }, 120_000)
})
