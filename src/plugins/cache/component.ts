// `cache` on the control thread: the stores in shared memory, which outlive reloads, and the metrics.
import { performance } from 'node:perf_hooks'
import { randomHashKey } from '../../zone/name-hash.ts'
import { type CounterBlocks, counterBlocks } from '../counter-blocks.ts'
import type { Component, Directive, Host, ListenerAddress, Running } from '../plugin.ts'
import type { BlockStores } from './block-cache.ts'
import {
  type CacheLabels,
  cacheFamilies,
  counterOffset,
  MAX_BLOCKS,
  type StoreState,
} from './counters.ts'
import type { CacheConfig } from './options.ts'
import type { CacheShared } from './runtime.ts'
import { BYTE_EVICTIONS, COUNT, createStore, LIVE_UNITS, UNIT_BYTES } from './store/layout.ts'

/** The stores of blocks, by their keys (`storeKey`). */
type Stores = ReadonlyMap<string, OpenStores>

interface OpenStores extends BlockStores {
  readonly zones: string
  /** The servers of the block. */
  readonly servers: readonly string[]
}

interface CacheRunning extends Running {
  readonly stores: Stores
}

const blocksOf = counterBlocks<CacheLabels>(MAX_BLOCKS)

/** Milliseconds between two lines for the same zones. */
const LOG_PAUSE_MS = 3_600_000

export const cacheComponent: Component<CacheConfig, CacheRunning> = {
  async prepare({ directives }, _previous, host) {
    const blocks = blocksOf(host)
    const stores = new Map<string, OpenStores>()
    return {
      share(listeners, previous): CacheShared {
        stores.clear()
        const byBlock: Record<number, BlockStores> = {}
        for (const directive of directives) {
          const [key, zones, servers] = storeKey(directive, listeners, stores)
          const open = previous?.stores.get(key) ?? {
            ...openStores(directive.config),
            zones,
            servers,
          }
          stores.set(key, open)
          byBlock[directive.block] = { success: open.success, denial: open.denial }
        }
        return { stores: byBlock, counters: countersOf(directives, listeners, blocks) }
      },
      commit() {
        const logged = new Map<string, number>()
        return {
          stores,
          families: () =>
            cacheFamilies(
              blocks.labels,
              host.counters('cache'),
              [...stores.values()].flatMap(statesOf),
            ),
          receive: (zones) => logShortage(zones, logged, host),
          stop: async () => {},
        }
      },
      async discard() {},
    }
  },
}

/**
 * What a block's stores are known by, its zones and its servers: a reload with the same options, zones and addresses
 * keeps them.
 */
function storeKey(
  { block, config }: Directive<CacheConfig>,
  listeners: readonly ListenerAddress[],
  taken: Stores,
): readonly [key: string, zones: string, servers: readonly string[]] {
  const places = listeners.flatMap(({ server, zones }) =>
    zones.filter((one) => one.block === block).map(({ zone }) => ({ server, zone })),
  )
  const servers = [...new Set(places.map(({ server }) => server))]
  for (let number = 0; ; number++) {
    const key = JSON.stringify([config, places, number])
    if (!taken.has(key)) return [key, config.zones.join(','), servers]
  }
}

function openStores({ success, denial }: CacheConfig): BlockStores {
  // One key for both: a lookup hashes once.
  const key = randomHashKey()
  return {
    success: createStore(success.capacity, key),
    denial: createStore(denial.capacity, key),
  }
}

function countersOf(
  directives: readonly Directive<CacheConfig>[],
  listeners: readonly ListenerAddress[],
  blocks: CounterBlocks<CacheLabels>,
): CacheShared['counters'] {
  return listeners.map(({ server, zones }) => {
    const here = new Set(zones.map(({ block }) => block))
    return Object.fromEntries(
      directives
        .filter(({ block }) => here.has(block))
        .map(({ block, config }) => [
          block,
          counterOffset(blocks.indexOf({ server, zones: config.zones.join(',') })),
        ]),
    )
  })
}

function statesOf({ success, denial, zones, servers }: OpenStores): readonly StoreState[] {
  return servers.flatMap((server) =>
    (
      [
        ['success', success],
        ['denial', denial],
      ] as const
    ).map(([type, { control }]) => {
      const words = new Int32Array(control)
      return {
        server,
        type,
        zones,
        entries: words[COUNT]!,
        bytes: words[LIVE_UNITS]! * UNIT_BYTES,
        byteEvictions: words[BYTE_EVICTIONS]!,
      }
    }),
  )
}

/** Logs, once an hour for the same zones, that entries are removed because the bytes of a cache are in use. */
function logShortage(zones: string, logged: Map<string, number>, { log }: Host): void {
  const now = performance.now()
  if (now - (logged.get(zones) ?? Number.NEGATIVE_INFINITY) < LOG_PAUSE_MS) return
  logged.set(zones, now)
  log
    .plugin('cache')
    .warning(
      `the cache of ${zones} has no bytes left and removes entries that are still valid; ` +
        'a larger CAPACITY also gives it more bytes',
    )
}
