// Sends the Events of one cluster, one at a time, without delaying reconciles: rate limited, with a bounded queue and
// no retries. Conditions and the log have the same information.
import { asApiError } from '../../kube/api-error.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import type { ClusterEvent, ObjectNote } from '../api/writes.ts'
import type { FleetMetrics } from './metrics.ts'
import { type RateLimits, TokenBucket } from './rate-limiter.ts'

/** Options of an EventRecorder. */
export interface EventRecorderOptions {
  readonly member: MemberCluster
  readonly log: Log
  readonly clock: Clock
  readonly metrics: FleetMetrics
  /** Name of this replica; '' if it has none. */
  readonly replica: string
  /** Called before each Event; false drops it. */
  readonly mayWrite: () => boolean
  /** Creates the Event; a dry run does not. */
  readonly report: (
    member: MemberCluster,
    event: ClusterEvent,
    signal: AbortSignal,
  ) => Promise<void>
  /** Told of each Event that was created, with the configured name of its cluster. */
  readonly onEvent?: ((cluster: string, event: ClusterEvent) => void) | undefined
}

const LIMITS: RateLimits = { qps: 25, burst: 100 }
/** Capacity of the queue; further Events are dropped. */
const MAX_WAITING = 1000
/** Maximum number of last notes that are kept to detect repeats. */
const MAX_REMEMBERED = 5000

/** The queue of Events of one cluster. */
export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #limiter: TokenBucket
  readonly #stop = new AbortController()
  readonly #waiting: ClusterEvent[] = []
  /** The last reason and message, by uid of the object and subject of the note. */
  readonly #lastNotes = new Map<string, string>()
  #serial = 0
  #isRunning = false

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#limiter = new TokenBucket(LIMITS, options.clock)
  }

  /** Queues an Event, unless it repeats the last one about the same subject. */
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

  /** Another controller that reverts our conditions must not cause endless Events. */
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
    const { member, log, mayWrite, report, onEvent } = this.#options
    const { signal } = this.#stop
    const { namespace, id, resource, reason: eventReason } = event
    const namespaceView = member.reader.snapshot(`${namespace}/${id.name}`).namespace
    // The API server refuses new objects in a terminating namespace.
    const isTerminating = namespaceView === undefined || namespaceView.terminating
    if (isTerminating || !member.synced || !mayWrite()) {
      this.#count('dropped')
      return
    }
    try {
      await report(member, event, signal)
      this.#count('ok')
      onEvent?.(member.name, event)
    } catch (error) {
      if (signal.aborted) return
      const { reason, message, retryAfterMs } = asApiError(error, 'handler')
      if (retryAfterMs !== undefined) this.#limiter.pause(retryAfterMs)
      this.#count(reason)
      log.debug(
        `cluster ${member.name}: Event ${eventReason} of ${namespace}/${id.name} was not created: ${message}`,
        { cluster: member.name, resource, namespace, name: id.name, action: 'create event' },
      )
    }
  }

  #count(result: string): void {
    this.#options.metrics.countEvent(this.#options.member.name, result)
  }
}
