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
  keepSnapshots,
  noZones,
  type OpenZones,
  openZones,
  tablesOf,
  waitForSync,
} from '../../../src/plugins/multicluster/zones.ts'
import type { SnapshotSpec, SourceRequest } from '../../../src/sources/source-request.ts'
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

describe('a snapshot', () => {
  const SNAPSHOT = { file: '/f', maxAgeMs: 5, readyWhileStale: true }
  const spec = { file: '/f', maxAgeMs: 5, cluster: 'c' }

  /** A source that has the objects of a snapshot if it is asked for, and what it was asked. */
  function open(plan: ReturnType<typeof planImports>, previous = noZones, synced = false) {
    const requests: SourceRequest[] = []
    const targets: (SnapshotSpec | undefined)[] = []
    const opening = openZones([plan], previous, {
      log: memoryLog([]).log,
      openSource: (request) => {
        requests.push(request)
        const snapshot = {
          isRestored: request.snapshot !== undefined,
          writeTo: (target: SnapshotSpec | undefined) => void targets.push(target),
          status: () => undefined,
        }
        return { ...fakeSource([], synced), snapshot }
      },
      clusters: new Map([[plan.sourceKey, 'c']]),
      nowSeconds: () => 0,
      onVisible: () => {},
      programming: new ProgrammingDuration(),
      ownAddresses: [],
    })
    return { opening, requests, targets }
  }
  const planOf = (change: Partial<MulticlusterConfig> = {}) =>
    planImports({ ...configOf('multicluster'), snapshot: SNAPSHOT, ...change })
  const close = async (...all: readonly OpenZones[]) => {
    for (const zones of all) await closeUnused(zones, noZones)
  }

  test('is read where a source is opened, and the start does not wait for the lists', async () => {
    const { opening, requests } = open(planOf({ startupTimeoutMs: 3_600_000 }))
    const zones = await opening
    expect(requests[0]!.snapshot).toEqual(spec)
    const lines: string[] = []
    await waitForSync([planOf({ startupTimeoutMs: 3_600_000 })], zones, memoryLog(lines).log)
    expect(lines).toEqual([])
    const [table] = tablesOf(zones).values()
    expect(table!.writer.synced).toBe(false)
    await close(zones)
  })

  test.each([
    ['is not read in a reload whose server is read in full: it is older', true, undefined],
    ['is read in a reload whose server has no objects yet', false, spec],
  ])('%s', async (_, synced, expected) => {
    const before = await open(planImports(configOf('multicluster')), noZones, synced).opening
    const { opening, requests } = open(planOf({ labels: 'a=b' }), before)
    const zones = await opening
    expect(requests[0]!.snapshot).toEqual(expected)
    await close(zones, before)
  })

  test('counts as read in full for a reload that would lose its answers', async () => {
    const before = await open(planOf()).opening
    const { snapshot: _, ...without } = planOf({ labels: 'a=b' })
    const zones = await open(without, before).opening
    vi.useFakeTimers()
    try {
      const waiting = waitForSync([without], zones, memoryLog([]).log, before)
      const refused = expect(waiting).rejects.toThrow('could not be read in full within 5 s')
      await vi.advanceTimersByTimeAsync(5000)
      await refused
    } finally {
      vi.useRealTimers()
      await close(zones, before)
    }
  })

  test('is written where the configuration in force says, by one source', async () => {
    const clusters = new Map([[planOf().sourceKey, 'c']])
    const first = open(planOf(), noZones, true)
    const zones = await first.opening
    keepSnapshots([planOf()], zones, noZones, clusters)
    const { snapshot: _, ...without } = planOf()
    const kept = await open(without, zones).opening
    keepSnapshots([without], kept, zones, clusters)
    expect(first.targets).toEqual([spec, undefined])
    const other = open(planOf({ labels: 'a=b' }), kept, true)
    const replaced = await other.opening
    keepSnapshots([planOf({ labels: 'a=b' })], replaced, kept, new Map())
    expect(first.targets).toEqual([spec, undefined, undefined])
    expect(other.targets).toEqual([{ ...spec, cluster: '' }])
    await close(zones, replaced)
  })
})
