// The options of `cache`, each read like in CoreDNS 1.14.7 (plugin/cache/setup.go), whose error texts have no position.
import type { PluginConfig } from '../../config.ts'
import type { Dispenser } from '../../corefile/dispenser.ts'
import { atoi } from '../../corefile/go-text.ts'
import { zonesOf } from '../../corefile/keys.ts'
import type { Controller } from '../plugin.ts'
import { plainDuration, readPolicy, type StaleOptions, staleOf } from './stale-options.ts'
import { MAX_CAPACITY } from './store/layout.ts'

/** The options of one of the two stores. TTLs are in seconds. */
export interface StoreOptions {
  /** Entries. */
  readonly capacity: number
  readonly maxTtl: number
  readonly minTtl: number
  /** Lower-case FQDNs; names below them are not stored. */
  readonly except: readonly string[]
}

/** When an entry is renewed before it expires. */
export interface PrefetchOptions {
  /** Hits, with pauses of at most `pauseMs`. */
  readonly amount: number
  readonly pauseMs: number
  /** The part of its TTL that an entry has left, in percent. */
  readonly percentage: number
}

/** The directive `cache` after its setup. */
export interface CacheConfig extends PluginConfig {
  readonly plugin: 'cache'
  /** Lower-case FQDNs; names below them are cached. */
  readonly zones: readonly string[]
  /** True if the zones cover those of the block, so that names need no check. */
  readonly everyName: boolean
  readonly success: StoreOptions
  readonly denial: StoreOptions
  /** The TTL of SERVFAIL and NOTIMP, in seconds; 0 = not cached. */
  readonly failureTtl: number
  readonly prefetch?: PrefetchOptions
  readonly stale?: StaleOptions
  readonly keepTtl: boolean
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The configuration while its options are read. */
export interface CacheDraft {
  readonly success: Mutable<StoreOptions>
  readonly denial: Mutable<StoreOptions>
  failureTtl: number
  prefetch?: PrefetchOptions
  stale?: Omit<StaleOptions, 'preferPositive'>
  preferPositive: boolean
  keepTtl: boolean
}

const MAX_TTL = 3600
const MAX_DENIAL_TTL = 1800
const MIN_TTL = 5
const MAX_FAILURE_MS = 300_000
const DEFAULT_PAUSE_MS = 60_000
const DEFAULT_PERCENTAGE = 10

export function newCacheDraft(): CacheDraft {
  const capacity = capacityOf(10_000)
  return {
    success: { capacity, maxTtl: MAX_TTL, minTtl: MIN_TTL, except: [] },
    denial: { capacity, maxTtl: MAX_DENIAL_TTL, minTtl: MIN_TTL, except: [] },
    failureTtl: MIN_TTL,
    preferPositive: false,
    keepTtl: false,
  }
}

/** Reads the option at the cursor; throws CorefileError. */
export function readCacheOption(draft: CacheDraft, controller: Controller): void {
  const { tokens } = controller
  const option = tokens.val()
  switch (option) {
    case 'success':
      readStore(draft.success, option, controller)
      return
    case 'denial':
      readStore(draft.denial, option, controller)
      return
    case 'prefetch':
      draft.prefetch = prefetchOf(tokens)
      return
    case 'serve_stale':
      draft.stale = staleOf(tokens)
      return
    case 'serve_stale_policy':
      if (draft.preferPositive) {
        throw tokens.plainErr('serve_stale_policy can only be specified once')
      }
      readPolicy(tokens)
      draft.preferPositive = true
      return
    case 'servfail':
      draft.failureTtl = failureTtlOf(tokens)
      return
    case 'disable':
      readDisable(draft, tokens)
      return
    case 'keepttl':
      if (tokens.remainingArgs().length > 0) throw tokens.argErr()
      draft.keepTtl = true
      return
    default:
      throw tokens.unknownArgErr()
  }
}

/** A maximum TTL, in seconds; throws CorefileError. */
export function maxTtlOf(ttl: number, tokens: Dispenser): number {
  if (ttl <= 0) throw tokens.plainErr(`cache TTL can not be zero or negative: ${ttl}`)
  return ttl
}

function readStore(
  store: Mutable<StoreOptions>,
  option: string,
  { tokens, warn }: Controller,
): void {
  const [capacity, maxTtl, minTtl, ...more] = tokens.remainingArgs()
  if (capacity === undefined) throw tokens.argErr()
  const entries = integer(capacity, tokens)
  store.capacity = capacityOf(entries)
  if (store.capacity < entries && entries > MAX_CAPACITY) {
    warn(`${option} ${capacity}: this server keeps at most ${MAX_CAPACITY} entries`)
  }
  if (maxTtl !== undefined) store.maxTtl = maxTtlOf(integer(maxTtl, tokens), tokens)
  if (minTtl !== undefined) {
    store.minTtl = integer(minTtl, tokens)
    if (store.minTtl < 0) {
      throw tokens.plainErr(`cache min TTL can not be negative: ${store.minTtl}`)
    }
  }
  if (more.length > 0) warn(`${option}: left out: ${more.join(' ')}`)
}

/** CoreDNS has 256 shards of at least four entries each (plugin/pkg/cache). */
function capacityOf(entries: number): number {
  return Math.min(MAX_CAPACITY, 256 * Math.max(4, Math.trunc(entries / 256)))
}

function prefetchOf(tokens: Dispenser): PrefetchOptions {
  const [amount, pause, percentage, ...more] = tokens.remainingArgs()
  if (amount === undefined || more.length > 0) throw tokens.argErr()
  const hits = integer(amount, tokens)
  if (hits < 0) throw tokens.plainErr(`prefetch amount should be positive: ${hits}`)
  return {
    amount: hits,
    pauseMs: pause === undefined ? DEFAULT_PAUSE_MS : plainDuration(pause, tokens),
    percentage: percentage === undefined ? DEFAULT_PERCENTAGE : percentageOf(percentage, tokens),
  }
}

function percentageOf(text: string, tokens: Dispenser): number {
  if (!text.endsWith('%')) {
    const message = `last character of percentage should be \`%\`, but is: '${text.at(-1) ?? ''}'`
    throw tokens.plainErr(message)
  }
  const value = integer(text.slice(0, -1), tokens)
  if (value < 10 || value > 90) {
    throw tokens.plainErr(`percentage should fall in range [10, 90]: ${value}`)
  }
  return value
}

/** Seconds; a part of a second counts as none, as in CoreDNS' entries. */
function failureTtlOf(tokens: Dispenser): number {
  const [text, ...more] = tokens.remainingArgs()
  if (text === undefined || more.length > 0) throw tokens.argErr()
  const ms = plainDuration(text, tokens)
  if (ms < 0) throw tokens.plainErr('invalid negative ttl for servfail')
  if (ms > MAX_FAILURE_MS) {
    throw tokens.plainErr('caching SERVFAIL responses over 5 minutes is not permitted')
  }
  return Math.trunc(ms / 1000)
}

function readDisable(draft: CacheDraft, tokens: Dispenser): void {
  const [type, ...names] = tokens.remainingArgs()
  if (type === undefined) throw tokens.argErr()
  const zones = names.map((name) => {
    const parsed = zonesOf(name)
    if (!parsed.ok) throw tokens.plainErr(`invalid disabled zone: ${name}`)
    return parsed.value[0]!
  })
  const except = zones.length === 0 ? ['.'] : zones
  if (type === 'denial') draft.denial.except = except
  else if (type === 'success') draft.success.except = except
  else throw tokens.plainErr('cache type for disable must be "success" or "denial"')
}

function integer(text: string, tokens: Dispenser): number {
  const number = atoi(text)
  if (!number.ok) throw tokens.plainErr(number.message)
  return number.value
}
