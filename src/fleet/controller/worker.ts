// Reconciles the Services of one cluster: plans each and sends the writes. Each cluster has its own worker, so that a
// slow or unreachable cluster does not delay the others.
import { ApiError, asApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import { splitKey } from '../api/keys.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'
import { type Body, type ObjectNote, objectOf, type Write } from '../api/writes.ts'
import type { Plan } from '../plan/plan.ts'
import { noRefusals, refusalNotes } from '../plan/refusals.ts'
import { ClusterLimits } from './cluster-limits.ts'
import { EventRecorder, type EventRecorderOptions } from './event-recorder.ts'
import type { FleetMetrics } from './metrics.ts'
import type { Planner } from './planner.ts'
import { type PendingChange, PropagationTracker } from './propagation.ts'
import { type RateLimits, TokenBucket } from './rate-limiter.ts'
import { RetryTracker, type StepBackoff } from './retries.ts'
import { WorkQueue } from './work-queue.ts'
import { WriteLog } from './write-log.ts'
import { WrittenVersions } from './written-versions.ts'

/** Options of a ClusterWorker. */
export interface WorkerOptions
  extends Pick<EventRecorderOptions, 'replica' | 'report' | 'onEvent'> {
  readonly member: MemberCluster
  readonly planner: Planner
  readonly log: Log
  readonly clock: Clock
  readonly random: () => number
  readonly writeLimits: RateLimits
  readonly metrics: FleetMetrics
  /** Called before each write; false while another replica leads. */
  readonly mayWrite: () => boolean
  /** Sends a write; a dry run only prints it. */
  readonly perform: (member: MemberCluster, write: Write, signal: AbortSignal) => Promise<Body>
}

/** One reconcile of a Service. */
interface Round {
  readonly key: string
  /** The resourceVersions of the objects written in this round. */
  readonly versions: WrittenVersions
  /** Endpoint changes that are not yet written, by source cluster id. */
  readonly pendingChanges: Map<string, PendingChange>
  readonly signal: AbortSignal
  /** True once a write was refused for the first time: the planned status does not report it. */
  hasNewRefusal: boolean
}

/**
 * The result of a step. A step that was held back is planned again when writing is allowed again. A step that the API
 * server refused is retried slowly.
 */
type Outcome = 'done' | 'held back' | 'failed' | 'refused'

/** How many Services are reconciled concurrently in one cluster. */
const CONCURRENCY = 16
/** Milliseconds until a Service is retried after an internal error, which is likely to recur. */
const INTERNAL_ERROR_RETRY_MS = 30_000
/** Milliseconds until fields that the API server dropped or refused are written again. */
const LIMITS_RETRY_MS = 3_600_000
/** What the API server says of an address that another Service has, and the milliseconds until it is tried again. */
const ADDRESS_TAKEN = 'already allocated'
const ADDRESS_RETRY_MS = 500

/** The worker of one cluster. */
export class ClusterWorker {
  readonly #options: WorkerOptions
  readonly #limits = new ClusterLimits()
  readonly #limiter: TokenBucket
  readonly #stop = new AbortController()
  readonly #queue: WorkQueue
  readonly #events: EventRecorder
  readonly #propagation = new PropagationTracker()
  /** Cancels the reset of the limits; undefined while none is scheduled. */
  #cancelLimitsRetry: (() => void) | undefined
  readonly #retries: RetryTracker
  readonly #log: WriteLog

  constructor(options: WorkerOptions) {
    const { clock, writeLimits } = options
    this.#options = options
    this.#log = new WriteLog(options.member.name, options.log)
    this.#limiter = new TokenBucket(writeLimits, clock)
    this.#events = new EventRecorder(options)
    this.#retries = new RetryTracker(options)
    this.#queue = new WorkQueue({
      clock,
      concurrency: CONCURRENCY,
      reconcile: (key) => this.#process(key),
    })
  }

  /** The state of the work queue. */
  get queue(): Pick<WorkQueue, 'depth' | 'retrying' | 'idle'> {
    return this.#queue
  }

  /** The Services that wait for a retry, each with the error that was logged last. */
  *retries() {
    for (const service of this.#queue.retryingKeys()) {
      yield { service, message: this.#log.lastFailure(service) }
    }
  }

  /** The endpoint changes that are not yet written. */
  get propagation(): Pick<PropagationTracker, 'keys' | 'since' | 'waiting'> {
    return this.#propagation
  }

  /** Queues the Service `key` ("namespace/name"). */
  add(key: string): void {
    this.#queue.add(key)
  }

  /** Records that endpoints of the Service changed in a source cluster, at Clock.now `at`. `add` is to follow. */
  endpointsChanged(key: string, { id, name }: MemberCluster, at: number): void {
    if (id !== undefined) this.#propagation.add(key, id, { cluster: name, at })
  }

  /** Sends an Event on a ServiceExport or ServiceImport of the cluster, unless it repeats the last one. */
  report(note: ObjectNote): void {
    this.#events.add(note)
  }

  /** Stops reconciling and aborts requests. */
  close(): void {
    this.#stop.abort()
    this.#cancelLimitsRetry?.()
    this.#events.close()
    this.#queue.close()
  }

  async #process(key: string): Promise<number | undefined> {
    const { clock, metrics } = this.#options
    const { signal } = this.#stop
    // Wait before planning, so that the plan uses the latest state.
    await this.#limiter.ready(signal)
    const startedAt = clock.now()
    try {
      return await this.#reconcile(key, signal)
    } catch (error) {
      if (!signal.aborted) this.#log.failed(key, undefined, asApiError(error, 'handler').message)
      return INTERNAL_ERROR_RETRY_MS
    } finally {
      metrics.observeReconcile((clock.now() - startedAt) / 1000)
    }
  }

  /** Resolves to the milliseconds until the Service is reconciled again without a change, if ever. */
  async #reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { member, mayWrite } = this.#options
    // A change that this round does not write needs no write.
    const pendingChanges = this.#propagation.take(key)
    // Nothing is lost: all Services are queued when the cluster is synced, and when this replica leads again.
    if (!member.synced || !mayWrite()) {
      this.#retries.forget(key)
      return undefined
    }
    const { steps, warnings } = this.#plan(key)
    for (const note of [...warnings, ...this.#refusalNotes(key)]) this.report(note)
    if (steps.length === 0) this.#log.forget(key)
    const backoffs = this.#retries.backoffsFor(key, steps)
    const round: Round = {
      key,
      versions: new WrittenVersions(),
      pendingChanges,
      signal,
      hasNewRefusal: false,
    }
    for (const [i, step] of steps.entries()) await this.#tryStep(step, backoffs[i]!, round)
    const waits = backoffs.flatMap(({ wait }) => wait ?? [])
    return waits.length === 0 ? undefined : Math.min(...waits)
  }

  #plan(key: string): Plan {
    const { member, planner } = this.#options
    const plan = planner.plan(key, member, this.#limits)
    // A refused object is no longer wanted: plan again, so that the status no longer reports it.
    if (this.#limits.keepRefusals(key, plan.steps.flat()))
      return planner.plan(key, member, this.#limits)
    return plan
  }

  /** The Events of what the API server refuses for the Service. */
  #refusalNotes(key: string): readonly ObjectNote[] {
    const refusals = this.#limits.refusals(key)
    if (refusals === noRefusals) return []
    const { namespace, name } = splitKey(key)
    return refusalNotes(namespace, name, this.#options.member.reader.snapshot(key), refusals)
  }

  /** Writes a step unless it is backed off. Its endpoint changes stay pending while it is not written. */
  async #tryStep(step: readonly Write[], backoff: StepBackoff, round: Round): Promise<void> {
    const { key, pendingChanges, signal } = round
    const { source = '' } = step[0]!
    if (round.hasNewRefusal && isImportStatus(step[0]!)) return
    const decision = backoff.next()
    if (decision === 'go') {
      const outcome = await this.#writeStep(step, backoff, round)
      if (outcome === 'done') backoff.written()
      if (outcome === 'refused') backoff.refused()
      if (outcome === 'done' || outcome === 'held back' || signal.aborted) return
    } else if (decision !== 'wait') this.#log.failed(key, step[0]!, revertReasons[decision])
    const change = pendingChanges.get(source)
    if (change !== undefined) this.#propagation.add(key, source, change)
  }

  /** Sends the writes of one step in order, until one fails. A refused EndpointSlice does not hold back the others. */
  async #writeStep(writes: readonly Write[], backoff: StepBackoff, round: Round): Promise<Outcome> {
    const { versions, signal } = round
    let outcome: Outcome = 'done'
    for (const write of writes) {
      await this.#limiter.take(signal)
      if (signal.aborted || !this.#options.mayWrite()) return 'held back'
      try {
        await this.#send(versions.withLatestVersion(write), round)
      } catch (error) {
        if (signal.aborted) return 'held back'
        outcome = this.#handleFailure(write, backoff, round, asApiError(error, 'handler'))
        if (outcome !== 'refused' || write.resource !== 'endpointslices') return outcome
      }
    }
    if (outcome === 'done') this.#observePropagation(writes, round)
    return outcome
  }

  /** Observes the propagation time of an endpoint change, if the step wrote the EndpointSlices of its source. */
  #observePropagation([first]: readonly Write[], { key, pendingChanges }: Round): void {
    const { metrics, member, clock } = this.#options
    const source = first?.source ?? ''
    const change = pendingChanges.get(source)
    if (change === undefined) return
    pendingChanges.delete(source)
    metrics.observePropagation({
      service: key,
      source: change.cluster,
      consumer: member.name,
      seconds: (clock.now() - change.at) / 1000,
      wall: clock.wall(),
    })
  }

  async #send(write: Write, round: Round, isRetry = false): Promise<void> {
    const { key, versions, signal } = round
    const { member, metrics, perform, clock } = this.#options
    let answer: Body
    try {
      answer = await perform(member, write, signal)
    } catch (error) {
      metrics.countWrite(member.name, write, resultOf(write, error))
      const refused = error instanceof ApiError && error.status === 422
      if (!refused || write.action !== 'create') throw error
      const [body, ...otherwise] = write.otherwise ?? []
      if (body === undefined) throw error
      // The API server tells of a deleted Service before it frees its address.
      if (!isRetry && error.message.includes(ADDRESS_TAKEN)) {
        await sleep(clock, ADDRESS_RETRY_MS, signal)
        return this.#send(write, round, true)
      }
      return this.#send({ ...write, body, otherwise }, round, true)
    }
    metrics.countWrite(member.name, write, 'ok')
    this.#limits.forgetRefusal(key, write)
    const { dropped, unreported } = this.#limits.observeWrite(write, answer)
    // A no-op write produces no watch event, so requeue the key.
    if (dropped.length > 0) this.add(key)
    for (const field of unreported) {
      this.#log.warning(write, `the API server drops ${field}: ${outdatedHint(write)}`)
    }
    this.#scheduleLimitsRetry()
    versions.record(write, answer)
    this.#recordEvents(write, answer)
    this.#log.sent(write)
  }

  #recordEvents(write: Write, answer: Body): void {
    if (write.action !== 'patch') return
    // Where the CRD drops conditions, every new controller would repeat the Events of a status.
    const hasConditions = nestedObject(answer, 'status').conditions !== undefined
    if (write.subresource === 'status' && !hasConditions) return
    const { resource, namespace, events = [] } = write
    const id = {
      ...write.id,
      resourceVersion: stringOf(nestedObject(answer, 'metadata').resourceVersion),
    }
    for (const event of events) {
      this.report({ ...event, resource, namespace, id })
      // Conditions stay on the object; what a write replaces is seen nowhere else.
      if (write.subresource === '') this.#log.warning(write, `${objectOf(write)}: ${event.message}`)
    }
  }

  #handleFailure(write: Write, backoff: StepBackoff, round: Round, error: ApiError): Outcome {
    const { key } = round
    // The deletion of the namespace, or becoming the leader, leads to another reconcile.
    if (['terminating', 'not_started'].includes(resultOf(write, error))) return 'held back'
    if (error.retryAfterMs !== undefined) this.#limiter.pause(error.retryAfterMs)
    const { leftOut, isRefused, isNew } = this.#limits.observeFailure(key, write, error)
    for (const field of leftOut) {
      const text = `${field} is left out because the API server refuses it: ${error.message}`
      this.#log.warning(write, text)
    }
    this.#scheduleLimitsRetry()
    // Without a change, the next reconcile would report the refusal, or write the rest, only after the delay.
    if (isNew) {
      round.hasNewRefusal = true
      this.add(key)
    }
    if (isRefused) {
      if (leftOut.length === 0) this.#log.failed(key, write, error.message)
      return 'refused'
    }
    if (isOutdated(write, error)) {
      // Our copy was outdated. The watch event of the newer version leads to the next reconcile.
      if (backoff.conflicted()) return 'failed'
    } else backoff.failed()
    this.#log.failed(key, write, error.message)
    return 'failed'
  }

  /** Schedules a reset of the limits: CRDs may be upgraded, and a limit may hold for one object only. */
  #scheduleLimitsRetry(): void {
    if (!this.#limits.isLimited || this.#stop.signal.aborted) return
    this.#cancelLimitsRetry ??= this.#options.clock.after(LIMITS_RETRY_MS, () => {
      this.#cancelLimitsRetry = undefined
      this.#limits.forgetLimits()
      for (const key of this.#options.member.reader.keys()) this.add(key)
    })
  }
}

/** Log texts for a step that is backed off because it was reverted. */
const revertReasons = {
  reverted: 'reverted at once, perhaps by an admission webhook',
  contested: 'reverted again and again, perhaps by another controller',
} as const

/** The `result` of a failed write in metrics. A namespace that is already gone counts like one that ends. */
function resultOf({ action }: Write, error: unknown): string {
  const { reason, message } = asApiError(error, 'handler')
  const isGone = action === 'create' && reason === 'not_found' && /namespaces "/.test(message)
  return isGone ? 'terminating' : reason
}

function isImportStatus(write: Write): boolean {
  return (
    write.resource === 'serviceimports' &&
    write.action === 'patch' &&
    write.subresource === 'status'
  )
}

/** True if the object has changed or is gone since it was read. */
function isOutdated({ action }: Write, { reason }: ApiError): boolean {
  return reason === 'conflict' || (reason === 'not_found' && action !== 'create')
}

/** The likely reason why a field is dropped. */
function outdatedHint({ resource }: Write): string {
  const isBuiltIn = resource === 'services' || resource === 'endpointslices'
  return isBuiltIn ? 'its Kubernetes version may be too old' : 'its CRDs may be too old'
}
