// `cache` at query time. All listeners of a block share its stores, and in one thread their views.

import { monotonicSeconds } from '../../monotonic.ts'
import type { Runtime } from '../runtime.ts'
import { Admission } from './admission.ts'
import { CacheAnswerer } from './answerer.ts'
import { BlockCache, type BlockStores, type Clocks } from './block-cache.ts'
import { UNCOUNTED } from './counters.ts'
import { CacheHandler } from './handler.ts'
import type { CacheConfig } from './options.ts'
import { CacheTap } from './tap.ts'

/** What the component shares with the answering threads. */
export interface CacheShared {
  /** By index in `Config.blocks`. */
  readonly stores: Readonly<Record<number, BlockStores>>
  /** The offsets of counters, by listener and block. */
  readonly counters: readonly Readonly<Record<number, number>>[]
}

const clocks: Clocks = {
  now: monotonicSeconds,
  wall: () => Math.floor(Date.now() / 1000),
}

/** What this thread has of the caches. */
const views = new WeakMap<BlockStores, { cache: BlockCache; admission: Admission }>()

export const cacheRuntime: Runtime<CacheConfig, CacheShared> = (config, context) => {
  const { block, listener, shared, settings, counters, refresh, report } = context
  const stores = shared.stores[block]
  if (stores === undefined) throw new Error(`no cache for block ${block}`)
  const { cache, admission } = views.get(stores) ?? newView(config, stores)
  views.set(stores, { cache, admission })
  const part = {
    cache,
    // A block that has no zone at the listener gets no queries there.
    counters: counters.subarray(shared.counters[listener]?.[block] ?? UNCOUNTED),
    rotates: settings.rotateAddresses ?? false,
    refresh,
  }
  const answerer = new CacheAnswerer(part)
  const tap = new CacheTap(part, admission, answerer, () => report(config.zones.join(',')))
  return { answerer, asksTablesFirst: true, tap, handler: new CacheHandler(part, answerer, tap) }
}

function newView(config: CacheConfig, stores: BlockStores) {
  const cache = new BlockCache(config, stores, clocks)
  return { cache, admission: new Admission(cache, stores, clocks) }
}
