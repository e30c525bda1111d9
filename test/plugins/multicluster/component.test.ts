// The directives on the control thread while they answer from a snapshot.
import { describe, expect, test } from 'vitest'
import { kubernetesComponent } from '../../../src/plugins/kubernetes/component.ts'
import type { KubernetesConfig } from '../../../src/plugins/kubernetes/config.ts'
import { Store } from '../../../src/sources/store.ts'
import { resourcesOf } from '../../../src/sources/watched-resources.ts'
import { componentHost } from '../../support/component-host.ts'
import { configOf } from '../../support/config.ts'
import { fakeSource } from '../../support/fake-source.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { putObjects } from '../../support/snapshot-objects.ts'
import { waitFor } from '../../support/wait-for.ts'

/** The component in force with a source that has `objects` of a snapshot; undefined = it could not be used. */
async function start(option: string, isRestored = true) {
  const text = `. {\n kubernetes a.local c.set in-addr.arpa {\n multicluster c.set\n pods verified\n startup_timeout 1ms\n ${option}\n }\n}\n`
  const [config] = configOf(text).blocks[0]!.directives as unknown as readonly KubernetesConfig[]
  const stores: Store[] = []
  const host = componentHost({
    openSource({ reads }) {
      const resources = resourcesOf(reads)
      const store = new Store({ log: memoryLog([]).log, now: () => 0, resources })
      stores.push(store)
      if (isRestored) putObjects(store)
      if (isRestored) store.endRestore()
      const status = () => ({
        isStale: isRestored && !store.synced,
        writes: 3,
        failures: 1,
        size: 9,
      })
      const snapshot = { isRestored, writeTo: () => {}, status }
      return { ...fakeSource([], false), store, snapshot }
    },
  })
  const next = { directives: [{ block: 0, config: config!, chain: [] }], hash: '' }
  const prepared = await kubernetesComponent.prepare(next, undefined, host)
  const running = prepared.commit(undefined)
  const [store] = stores
  return {
    state: () => running.readiness!().map(({ ready, isStale }) => [ready(), isStale!()])[0],
    list() {
      const all = ['serviceimports', 'services', 'endpointslices', 'namespaces', 'pods'] as const
      for (const resource of all) store!.beginList(resource)
      putObjects(store!)
      for (const resource of all) store!.endList(resource, true, 0)
      store!.flush()
    },
    metric(name: string) {
      const family = running.families!().find(
        (one) => one.name === `clusterset_dns_snapshot_${name}`,
      )
      return family?.samples.map(([, labels, value]) => [labels, value])
    },
    stop: () => running.stop(),
  }
}

describe('a directive', () => {
  test.each([
    ['with a snapshot is ready and stale, then ready', 'snapshot /f', true, true],
    ['with unready is stale, and not ready before the lists', 'snapshot /f unready', true, false],
    ['whose snapshot could not be used is not ready', 'snapshot /f', false, false],
    ['without a snapshot is not ready', '', false, false],
  ])('%s', async (_, option, isRestored, isReady) => {
    const { state, list, stop } = await start(option, isRestored)
    await waitFor('the state', () => String(state()) === String([isReady, isRestored]))
    list()
    await waitFor('the lists are published', () => String(state()) === String([true, false]))
    await stop()
  })

  test('has the metrics of its snapshot', async () => {
    const { metric, list, stop } = await start('snapshot /f')
    const source = { source: 'fake' }
    expect(metric('stale')).toEqual([[source, 1]])
    expect(metric('writes_total')).toEqual([[source, 3]])
    expect(metric('failures_total')).toEqual([[source, 1]])
    expect(metric('bytes')).toEqual([[source, 9]])
    expect(metric('age_seconds')).toEqual([])
    list()
    expect(metric('stale')).toEqual([[source, 0]])
    await stop()
  })
})
