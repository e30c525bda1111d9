import { describe, expect, test, vi } from 'vitest'
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
      clusters: new Map(),
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
    clusters: new Map(),
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

describe('a reload that reads more of a server', () => {
  /** Opens the second configuration after the first; what `waitForSync` throws, and what is logged. */
  async function reload(first: boolean, second: boolean, context = 'a') {
    const lines: string[] = []
    const { log } = memoryLog(lines)
    const open = (
      plan: ReturnType<typeof planImports>,
      previous: typeof noZones,
      synced: boolean,
    ) =>
      openZones([plan], previous, {
        log,
        openSource: () => fakeSource([], synced),
        clusters: new Map(),
        nowSeconds: () => 0,
        onVisible: () => {},
        programming: new ProgrammingDuration(),
        ownAddresses: [],
      })
    const config = configOf('multicluster')
    const specOf = (name: string) => ({ kind: 'kubeconfig', file: 'f', context: name }) as const
    const before = await open(planImports({ ...config, source: specOf('a') }), noZones, first)
    const next = planImports({ ...config, source: specOf(context), labels: 'app=web' })
    const zones = await open(next, before, second)
    vi.useFakeTimers()
    try {
      const waiting = waitForSync([next], zones, log, before).then(
        () => 'served',
        (error: Error) => error.message,
      )
      await vi.advanceTimersByTimeAsync(5000)
      return [await waiting, lines.filter((line) => line.includes('unsynced')).length]
    } finally {
      vi.useRealTimers()
      await closeUnused(zones, noZones)
      await closeUnused(before, noZones)
    }
  }

  test('is refused when a synced source would be replaced by one that is not', async () => {
    const text = 'plugin/multicluster: fake could not be read in full within 5 s'
    expect(await reload(true, false)).toEqual([text, 0])
  })

  test.each([
    ['the new source is synced', true, true, 'a', 0],
    ['the old source was not synced either', false, false, 'a', 1],
    ['the new source is another server', true, false, 'b', 1],
  ])('is served when %s', async (_, first, second, context, warnings) => {
    expect(await reload(first, second, context)).toEqual(['served', warnings])
  })
})
