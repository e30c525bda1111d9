import { expect, test } from 'vitest'
import type { MulticlusterConfig } from '../../../src/plugins/multicluster/options.ts'
import { DEFAULT_LIMITS } from '../../../src/plugins/multicluster/size-estimate.ts'
import {
  closeUnused,
  noZones,
  openZones,
  waitForSync,
} from '../../../src/plugins/multicluster/zones.ts'
import { fakeSource, view } from '../../support/fake-source.ts'
import { memoryLog } from '../../support/memory-log.ts'

function configOf(plugin: MulticlusterConfig['plugin']): MulticlusterConfig {
  return {
    plugin,
    zones: ['clusterset.local.'],
    source: { kind: 'in-cluster' },
    ttl: 5,
    startupTimeoutMs: 0,
    endpoints: true,
    limits: DEFAULT_LIMITS,
  }
}

test.each(['multicluster', 'kubernetes'] as const)(
  'the log lines of a source name the directive of the Corefile: %s',
  async (plugin) => {
    const opened: string[] = []
    const config = configOf(plugin)
    const zones = await openZones([config], noZones, {
      log: memoryLog([]).log,
      openSource: (_spec, name) => {
        opened.push(name)
        return fakeSource([])
      },
      nowSeconds: () => 0,
      onVisible: () => {},
    })
    expect(opened).toEqual([plugin])
    await closeUnused(zones, noZones)
  },
)

test('the start waits until the objects of synced sources are in the tables, however many there are', async () => {
  const configs = [configOf('multicluster')]
  const views = Array.from({ length: 5000 }, (_, i) => view(`ns/s${i}`, { ips: ['10.0.0.1'] }))
  const { log } = memoryLog([])
  const zones = await openZones(configs, noZones, {
    log,
    openSource: () => fakeSource(views),
    nowSeconds: () => 0,
    onVisible: () => {},
  })
  await waitForSync(configs, zones, log)
  const [table] = zones.tables.values()
  expect(table!.writer.synced).toBe(true)
  expect([...table!.writer.owners()].length).toBe(5001)
  await closeUnused(zones, noZones)
})
