// Changes slots all the time, tells the load what is right, and measures how long a sample of changes takes to be seen.
import { setTimeout as delay } from 'node:timers/promises'
import { query } from '../support/dns-client.ts'
import type { ClusterWriter } from './cluster-writer.ts'
import { clock, type Load } from './load.ts'
import { answerText, type Expected, expectedOf, type Slot } from './slots.ts'

export interface ChurnOptions {
  readonly writer: ClusterWriter
  readonly load: Load
  readonly port: number
  readonly slots: readonly Slot[]
  readonly perSecond: number
  readonly signal: AbortSignal
}

/** After a confirmed write the old answer may be seen for this long: a bound for busy machines, usual are milliseconds. */
export const VISIBLE_MS = 15_000
/** After an outage of the API server, what was written may be seen this late. */
export const CATCH_UP_MS = 60_000
/** The lag of each so many changes is measured. */
const MEASURE_EACH = 20
const PROBE_MS = 10

/** What happened since the last report. */
interface ChurnCounts {
  readonly changes: number
  /** Milliseconds from the confirmation of a write until the new answer was seen, outside of outages. */
  readonly lags: readonly number[]
  /** Measured changes that were not seen in time. */
  readonly unseen: number
}

export class Churn {
  readonly #options: ChurnOptions
  readonly #versions: number[]
  /** The slots that are being changed. */
  readonly #busy = new Set<number>()
  #next = 0
  #paused = false
  /** Until this time, changes have CATCH_UP_MS to be seen; Infinity during an outage. */
  #catchUpUntil = 0
  #changes = 0
  #lags: number[] = []
  #unseen = 0

  constructor(options: ChurnOptions) {
    this.#options = options
    this.#versions = options.slots.map(() => 0)
    const answers = options.slots.flatMap((slot) => expectedOf(slot, 0))
    void options.load.allow(answers)
    options.load.expect(answers, clock())
  }

  /** Changes slots at the rate of the options until the signal aborts; rejects when a write is refused. */
  async run(): Promise<void> {
    const { signal, perSecond, slots } = this.#options
    const failed = Promise.withResolvers<never>()
    const loop = async () => {
      while (!signal.aborted) {
        await delay(1000 / perSecond, undefined, { signal }).catch(() => {})
        if (this.#paused || signal.aborted) continue
        this.#next = (this.#next + 1) % slots.length
        if (this.#busy.has(this.#next)) continue
        const measured = this.#changes % MEASURE_EACH === 0
        this.#change(this.#next, measured).catch((error: unknown) => {
          if (!signal.aborted) failed.reject(error)
        })
      }
    }
    await Promise.race([loop(), failed.promise])
  }

  /**
   * The API server is about to be away. Waits for the changes that run and until they can be seen; no other begins: an API
   * server that is killed, or starts, in the middle of one may keep the address of a Service that it never created.
   */
  async beginOutage(): Promise<void> {
    this.#paused = true
    while (this.#busy.size > 0) await delay(PROBE_MS)
    await delay(1000, undefined, { signal: this.#options.signal })
    this.#catchUpUntil = Number.POSITIVE_INFINITY
  }

  /** The API server is back. Resolves to the milliseconds until a change is seen; undefined after CATCH_UP_MS. */
  async endOutage(): Promise<number | undefined> {
    this.#catchUpUntil = clock() + CATCH_UP_MS
    const lag = await this.#change(0, true)
    this.#paused = false
    return lag
  }

  /** The counts since the last report. */
  report(): ChurnCounts {
    const counts = { changes: this.#changes, lags: this.#lags, unseen: this.#unseen }
    this.#changes = 0
    this.#unseen = 0
    this.#lags = []
    return counts
  }

  /** Changes a slot to its next version; resolves to the measured lag. */
  async #change(index: number, measured: boolean): Promise<number | undefined> {
    const { writer, load, slots } = this.#options
    const slot = slots[index]!
    const version = ++this.#versions[index]!
    const answers = expectedOf(slot, version)
    this.#changes++
    this.#busy.add(index)
    try {
      await load.allow(answers)
      await writer.change(slot, version)
      const at = clock()
      const inOutage = at < this.#catchUpUntil
      const until = Math.max(at + VISIBLE_MS, inOutage ? this.#catchUpUntil : 0)
      load.expect(answers, until)
      if (!measured) return undefined
      const lag = await this.#untilSeen(answers[0]!, at, until)
      if (lag === undefined) this.#unseen++
      else if (!inOutage) this.#lags.push(lag)
      return lag
    } finally {
      this.#busy.delete(index)
    }
  }

  async #untilSeen(expected: Expected, from: number, until: number): Promise<number | undefined> {
    const { port, signal } = this.#options
    const { name, type, answer } = expected
    const end = Math.min(until, from + CATCH_UP_MS)
    while (clock() < end) {
      signal.throwIfAborted()
      const reply = await query({ port, name, type, timeoutMs: 1000 }).catch(() => undefined)
      const data = reply?.answers.map((record) => record.data) ?? []
      if (reply !== undefined && answerText(reply.rcode, data) === answer) return clock() - from
      await delay(PROBE_MS)
    }
    return undefined
  }
}
