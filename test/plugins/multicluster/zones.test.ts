import { expect, test } from 'vitest'
import {
  type MulticlusterConfig,
  NO_REQUEST_LIMITS,
} from '../../../src/plugins/multicluster/options.ts'
import { planImports } from '../../../src/plugins/multicluster/plan-imports.ts'
import { ProgrammingDuration } from '../../../src/plugins/multicluster/programming-duration.ts'
import { DEFAULT_LIMITS } from '../../../src/plugins/multicluster/size-estimate.ts'
import {
  closeUnused,
  noZones,
  openZones,
  tablesOf,
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
    labels: '',
    requests: NO_REQUEST_LIMITS,
    exposed: {},
  }
}

test.each(['multicluster', 'kubernetes'] as const)(
  'the log lines of a source name the directive of the Corefile: %s',
  async (plugin) => {
    const opened: string[] = []
    const config = configOf(plugin)
    const zones = await openZones([planImports(config)], noZones, {
      log: memoryLog([]).log,
      openSource: (_spec, name) => {
        opened.push(name)
        return fakeSource([])
      },
      nowSeconds: () => 0,
      onVisible: () => {},
      programming: new ProgrammingDuration(),
      ownAddresses: [],
    })
    expect(opened).toEqual([plugin])
    await closeUnused(zones, noZones)
  },
)

test('the start waits until the objects of synced sources are in the tables, however many there are', async () => {
  const plans = [planImports(configOf('multicluster'))]
  const views = Array.from({ length: 5000 }, (_, i) => view(`ns/s${i}`, { ips: ['10.0.0.1'] }))
  const { log } = memoryLog([])
  const zones = await openZones(plans, noZones, {
    log,
    openSource: () => fakeSource(views),
    nowSeconds: () => 0,
    onVisible: () => {},
    programming: new ProgrammingDuration(),
    ownAddresses: [],
  })
  await waitForSync(plans, zones, log)
  const [table] = tablesOf(zones).values()
  expect(table!.writer.synced).toBe(true)
  expect([...table!.writer.owners()].length).toBe(5001)
  await closeUnused(zones, noZones)
})
