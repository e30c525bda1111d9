// The memory of bad objects: each is named once in the log and counted once per reason until it changes
// its reasons, is repaired or goes. Bounded twice: an LRU for the once-set, and a number of lines a minute,
// so that 100,000 bad objects fill neither memory nor log.
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import type { ValidationProblem } from './validation.ts'

const MAX_REPORTED = 10_000
const LINES_PER_MINUTE = 60

export class InvalidObjects {
  readonly counts = new Map<string, number>()
  readonly #reported = new LRUCache<string, string>({ max: MAX_REPORTED })
  readonly #log: Log
  readonly #clock: Clock
  #windowStart = Number.NEGATIVE_INFINITY
  #lines = 0

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** Takes what trimming found in the object `id` ("kind namespace/name"); `where` follows the text. */
  report(id: string, problems: readonly ValidationProblem[], where = ''): void {
    if (problems.length === 0) {
      this.forget(id)
      return
    }
    const before = this.#reported.get(id)?.split(' ') ?? []
    for (const { reason, text } of problems) {
      if (before.includes(reason)) continue
      this.count(reason)
      this.#logLimited(where === '' ? text : `${text} (${where})`)
    }
    this.#reported.set(id, problems.map(({ reason }) => reason).join(' '))
  }

  /** The object is gone or in order: if it turns bad again, that is news again. */
  forget(id: string): void {
    if (this.#reported.size > 0) this.#reported.delete(id)
  }

  count(reason: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1)
  }

  #logLimited(text: string): void {
    const now = this.#clock.now()
    if (now - this.#windowStart >= 60_000) {
      this.#windowStart = now
      this.#lines = 0
    }
    this.#lines++
    if (this.#lines <= LINES_PER_MINUTE) this.#log.warning(text)
    else if (this.#lines === LINES_PER_MINUTE + 1) {
      this.#log.warning('more bad objects: counted, but not named for the next minute')
    }
  }
}
