// The options `serve_stale` and `serve_stale_policy` of `cache`.
import type { Dispenser } from '../../corefile/dispenser.ts'
import { durationOr } from '../arguments.ts'

/** How entries are used after their TTL has passed. */
export interface StaleOptions {
  /** Seconds after the TTL. */
  readonly seconds: number
  /** True: the upstream is asked first, for at most `timeoutMs`; 0 = until it replies or fails. */
  readonly verify: boolean
  readonly timeoutMs: number
  /** The TTL of the records of a stale reply, in seconds. */
  readonly ttl: number
  /** The pause after a failed refresh, in milliseconds. */
  readonly recheckMs: number
  readonly preferPositive: boolean
}

const MAX_RECHECK_MS = 300_000
const DEFAULT_STALE_MS = 3_600_000

/** Reads the arguments of `serve_stale`; a time of 0 is off. Throws CorefileError. */
export function staleOf(tokens: Dispenser): Omit<StaleOptions, 'preferPositive'> {
  const args = tokens.remainingArgs()
  if (args.length > 5) throw tokens.argErr()
  const [time, mode] = args
  const staleMs = time === undefined ? DEFAULT_STALE_MS : plainDuration(time, tokens)
  if (staleMs < 0) throw tokens.plainErr('invalid negative duration for serve_stale')
  const name = mode?.toLowerCase() ?? 'immediate'
  if (name !== 'immediate' && name !== 'verify') {
    throw tokens.plainErr(`invalid value for serve_stale refresh mode: ${name}`)
  }
  const verify = name === 'verify'
  let timeoutMs = 0
  const rest = args.slice(2)
  if (verify) {
    const [timeout] = rest.splice(0, 1)
    if (timeout !== undefined) timeoutMs = verifyTimeout(timeout, tokens)
  } else if (rest.length > 2) throw tokens.argErr()
  const [ttl, recheck] = rest
  return {
    seconds: Math.trunc(staleMs / 1000),
    verify,
    timeoutMs,
    ttl: ttl === undefined ? 0 : staleTtl(ttl, tokens),
    recheckMs: recheck === undefined ? 0 : recheckOf(recheck, tokens),
  }
}

function verifyTimeout(text: string, tokens: Dispenser): number {
  const ms = durationOr(text, (message) =>
    tokens.plainErr(`invalid serve_stale verify timeout: ${message}`),
  )
  if (ms < 0) throw tokens.plainErr('invalid negative timeout for serve_stale verify')
  return ms
}

/** Seconds. */
function staleTtl(text: string, tokens: Dispenser): number {
  const ms = durationOr(text, (message) =>
    tokens.plainErr(`invalid serve_stale response TTL: ${message}`),
  )
  if (ms < 0) throw tokens.plainErr('invalid negative response TTL for serve_stale')
  if (ms % 1000 !== 0) {
    throw tokens.plainErr('serve_stale response TTL must be a whole number of seconds')
  }
  if (ms / 1000 > 0xffffffff) {
    throw tokens.plainErr('serve_stale response TTL exceeds the DNS TTL range')
  }
  return ms / 1000
}

function recheckOf(text: string, tokens: Dispenser): number {
  const ms = durationOr(text, (message) =>
    tokens.plainErr(`invalid serve_stale failure recheck: ${message}`),
  )
  if (ms < 0) throw tokens.plainErr('invalid negative failure recheck for serve_stale')
  if (ms > MAX_RECHECK_MS) {
    throw tokens.plainErr('serve_stale failure recheck cannot exceed 5 minutes')
  }
  return ms
}

/** Reads the argument of `serve_stale_policy`, of which there is one. Throws CorefileError. */
export function readPolicy(tokens: Dispenser): void {
  const [policy, ...more] = tokens.remainingArgs()
  if (policy === undefined || more.length > 0) throw tokens.argErr()
  if (policy.toLowerCase() !== 'prefer_positive') {
    throw tokens.plainErr(`invalid serve_stale_policy: ${policy}`)
  }
}

/** The milliseconds of a duration; throws CorefileError with Go's text. */
export function plainDuration(text: string, tokens: Dispenser): number {
  return durationOr(text, (message) => tokens.plainErr(message))
}
