// Sends the Events of one cluster, one at a time, beside the work and never in its way: few a second, a bounded
// queue, no second try. What an Event says stands in the object's conditions and in the log as well.
import { asApiError } from '../../kube/api-error.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import type { ClusterEvent, ObjectNote } from '../api/writes.ts'
import type { FleetMetrics } from './metrics.ts'
import { type RateLimits, TokenBucket } from './rate-limiter.ts'

export interface EventRecorderOptions {
  readonly member: MemberCluster
  readonly log: Log
  readonly clock: Clock
  readonly metrics: FleetMetrics
  /** Name of this replica; '' when it has none. */
  readonly replica: string
  /** Asked before each Event. */
  readonly mayWrite: () => boolean
  /** Creates the Event; a dry run does not. */
  readonly report: (
    member: MemberCluster,
    event: ClusterEvent,
    signal: AbortSignal,
  ) => Promise<void>
}

const LIMITS: RateLimits = { qps: 25, burst: 100 }
/** Events that wait at most; what comes then is dropped. */
const MAX_WAITING = 1000
/** Things of which the last note is remembered at most. */
const MAX_REMEMBERED = 5000

export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #limiter: TokenBucket
  readonly #stop = new AbortController()
  readonly #waiting: ClusterEvent[] = []
  /** The last note by object and what it was about. */
  readonly #lastNotes = new Map<string, string>()
  #serial = 0
  #isRunning = false

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#limiter = new TokenBucket(LIMITS, options.clock)
  }

  /** Makes an Event of the note some time, unless it repeats the last one. */
  add({ id: { name, uid, resourceVersion }, ...note }: ObjectNote): void {
    if (this.#stop.signal.aborted || this.#isRepeated(uid, note)) return
    if (this.#waiting.length >= MAX_WAITING) {
      this.#count('dropped')
      return
    }
    const { clock, replica } = this.#options
    const id = { name, uid, resourceVersion }
    this.#waiting.push({ ...note, id, at: clock.wall(), serial: this.#serial++, replica })
    if (!this.#isRunning) void this.#run()
  }

  close(): void {
    this.#stop.abort()
    this.#waiting.length = 0
  }

  /** Somebody who undoes our conditions must not make us tell them for ever. */
  #isRepeated(uid: string, { about, reason, message }: Omit<ObjectNote, 'id'>): boolean {
    const key = `${uid} ${about}`
    const text = `${reason} ${message}`
    if (this.#lastNotes.get(key) === text) return true
    this.#lastNotes.delete(key)
    const [oldest] = this.#lastNotes.keys()
    if (this.#lastNotes.size >= MAX_REMEMBERED && oldest !== undefined)
      this.#lastNotes.delete(oldest)
    this.#lastNotes.set(key, text)
    return false
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      await this.#limiter.take(this.#stop.signal)
      const event = this.#waiting.shift()
      if (event !== undefined) await this.#send(event)
    }
    this.#isRunning = false
  }

  async #send(event: ClusterEvent): Promise<void> {
    const { member, log, mayWrite, report } = this.#options
    const { signal } = this.#stop
    const { namespace, id, reason: eventReason } = event
    const namespaceView = member.reader.snapshot(`${namespace}/${id.name}`).namespace
    // A namespace that ends takes no new objects.
    const isTerminating = namespaceView === undefined || namespaceView.terminating
    if (isTerminating || !member.synced || !mayWrite()) {
      this.#count('dropped')
      return
    }
    try {
      await report(member, event, signal)
      this.#count('ok')
    } catch (error) {
      if (signal.aborted) return
      const { reason, message, retryAfterMs } = asApiError(error, 'handler')
      if (retryAfterMs !== undefined) this.#limiter.pause(retryAfterMs)
      this.#count(reason)
      log.debug(
        `cluster ${member.name}: no Event ${eventReason} of ${namespace}/${id.name}: ${message}`,
      )
    }
  }

  #count(result: string): void {
    this.#options.metrics.countEvent(this.#options.member.name, result)
  }
}
