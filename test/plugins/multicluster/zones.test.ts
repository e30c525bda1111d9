import { expect, test } from 'vitest'
import type { MulticlusterConfig } from '../../../src/plugins/multicluster/options.ts'
import { closeUnused, noZones, openZones } from '../../../src/plugins/multicluster/zones.ts'
import { fakeSource } from '../../support/fake-source.ts'
import { memoryLog } from '../../support/memory-log.ts'

test.each(['multicluster', 'kubernetes'] as const)(
  'the log lines of a source name the directive of the Corefile: %s',
  async (plugin) => {
    const opened: string[] = []
    const config: MulticlusterConfig = {
      plugin,
      zones: ['clusterset.local.'],
      source: { kind: 'in-cluster' },
      ttl: 5,
      startupTimeoutMs: 0,
      endpoints: true,
    }
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
