// Waits for a condition with a timeout: tests never sleep for a fixed time.
import { setTimeout as delay } from 'node:timers/promises'

interface WaitOptions {
  readonly timeoutMs?: number
  readonly everyMs?: number
  readonly signal?: AbortSignal
  /** Appended to the timeout error, for example the log of a program. */
  readonly detail?: () => string
}

/** Calls `probe` until it returns a truthy value, and returns that. An exception of `probe` counts as falsy. */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 10_000, everyMs = 25, signal } = options
  const end = performance.now() + timeoutMs
  let lastError: unknown
  for (;;) {
    signal?.throwIfAborted()
    try {
      const value = await probe()
      if (value) return value
      lastError = undefined
    } catch (error) {
      lastError = error
    }
    if (performance.now() >= end) {
      const why = lastError instanceof Error ? `: ${lastError.message}` : ''
      const detail = options.detail ? `\n${options.detail()}` : ''
      throw new Error(`${what}: not within ${timeoutMs} ms${why}${detail}`)
    }
    await delay(everyMs, undefined, { signal })
  }
}
