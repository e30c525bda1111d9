// The line of `clusterset-dns check` about a cache.
import { formatDuration } from '../../corefile/duration.ts'
import type { CacheConfig, StoreOptions } from './options.ts'
import type { StaleOptions } from './stale-options.ts'

/** Explains the configuration in one line. */
export function describeCache(config: CacheConfig): string {
  const { success, denial, failureTtl, prefetch, stale, keepTtl } = config
  const store = (name: string, { capacity, minTtl, maxTtl, except }: StoreOptions): string => {
    const left = except.length === 0 ? '' : `, but not for ${except.join(' ')}`
    return `${capacity} ${name} for ${minTtl} s to ${maxTtl} s${left}`
  }
  const parts = [
    `caches ${store('answers', success)}`,
    store('denials', denial),
    failureTtl === 0 ? 'no failures' : `failures for ${failureTtl} s`,
  ]
  if (prefetch !== undefined) {
    const { amount, pauseMs, percentage } = prefetch
    parts.push(
      `after ${amount} hits with pauses up to ${formatDuration(pauseMs)}, ` +
        `renews what has ${percentage}% of its TTL left`,
    )
  }
  if (stale !== undefined) parts.push(describeStale(stale))
  if (keepTtl) parts.push('keeps the TTL in answers')
  return parts.join('; ')
}

function describeStale(options: StaleOptions): string {
  const { seconds, verify, timeoutMs, ttl, recheckMs, preferPositive } = options
  const within = timeoutMs === 0 ? '' : ` within ${formatDuration(timeoutMs)}`
  const when = verify ? `if the upstream has no answer${within}` : 'while it asks the upstream'
  const policy = preferPositive ? ', rather than a denial' : ''
  const shown = ttl === 0 ? '' : `, with a TTL of ${ttl} s`
  const pause = recheckMs === 0 ? '' : `, and waits ${formatDuration(recheckMs)} after a failure`
  const age = formatDuration(seconds * 1000)
  return `answers from what expired up to ${age} ago ${when}${policy}${shown}${pause}`
}
