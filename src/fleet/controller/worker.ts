// Brings one cluster to what is planned for it, service by service. Each cluster has its own worker, so that a
// slow or dead one holds up nobody else.
import { ApiError, asApiError } from '../../kube/api-error.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'
import type { Body, ObjectNote, Write } from '../api/writes.ts'
import { describe } from '../api/writes.ts'
import type { Plan } from '../plan/plan.ts'
import { ClusterLimits, isSameRefusal, isTerminating } from './cluster-limits.ts'
import { EventRecorder, type EventRecorderOptions } from './event-recorder.ts'
import type { FleetMetrics } from './metrics.ts'
import { type PendingChange, PropagationTracker } from './propagation.ts'
import { type RateLimits, TokenBucket } from './rate-limiter.ts'
import { RetryTracker, type StepBackoff } from './retries.ts'
import { WorkQueue } from './work-queue.ts'
import { WrittenVersions } from './written-versions.ts'

export interface WorkerOptions extends Pick<EventRecorderOptions, 'replica' | 'report'> {
  readonly member: MemberCluster
  readonly plan: (key: string, member: MemberCluster, memory: ClusterLimits) => Plan
  readonly log: Log
  readonly clock: Clock
  readonly random: () => number
  readonly writeLimits: RateLimits
  readonly metrics: FleetMetrics
  /** Asked before each write; false while somebody else leads. */
  readonly mayWrite: () => boolean
  /** Does a write; a dry run only shows it. */
  readonly perform: (member: MemberCluster, write: Write, signal: AbortSignal) => Promise<Body>
}

/** One look at a service. */
interface Round {
  readonly key: string
  /** Of the objects that were written in it. */
  readonly versions: WrittenVersions
  /** Endpoint changes that wait to be written, by source. */
  readonly pendingChanges: Map<string, PendingChange>
  readonly signal: AbortSignal
}

/** What became of a step: one that was held back is planned anew when that is over. */
type Outcome = 'done' | 'held back' | 'failed'

/** Services that are worked on at once in one cluster. */
const CONCURRENCY = 16
/** A fault of ours at a service is likely to come again; so is the service. */
const INTERNAL_ERROR_RETRY_MS = 30_000
/** What a cluster dropped or refused is tried again after this long. */
const LIMITS_RETRY_MS = 3_600_000

export class ClusterWorker {
  readonly #options: WorkerOptions
  readonly #limits = new ClusterLimits()
  readonly #limiter: TokenBucket
  readonly #stop = new AbortController()
  readonly #queue: WorkQueue
  readonly #events: EventRecorder
  readonly #propagation = new PropagationTracker()
  /** Cancels the time at which limits are forgotten; undefined while there are none. */
  #cancelLimitsRetry: (() => void) | undefined
  readonly #retries: RetryTracker
  /** Errors that the log knows of, by service and what went wrong. */
  readonly #loggedFailures = new Map<string, Map<string, string>>()

  constructor(options: WorkerOptions) {
    const { clock, writeLimits } = options
    this.#options = options
    this.#limiter = new TokenBucket(writeLimits, clock)
    this.#events = new EventRecorder(options)
    this.#retries = new RetryTracker(options)
    this.#queue = new WorkQueue({
      clock,
      concurrency: CONCURRENCY,
      reconcile: (key) => this.#process(key),
    })
  }

  get queue(): Pick<WorkQueue, 'depth' | 'retrying' | 'idle'> {
    return this.#queue
  }

  add(key: string): void {
    this.#queue.add(key)
  }

  /** Endpoints of the service have changed in the member `source`; `add` is to follow. */
  endpointsChanged(key: string, { id, name }: MemberCluster, at: number): void {
    if (id !== undefined) this.#propagation.add(key, id, { cluster: name, at })
  }

  /** Tells of an export or import of the cluster by an Event, unless it repeats the last one. */
  report(note: ObjectNote): void {
    this.#events.add(note)
  }

  close(): void {
    this.#stop.abort()
    this.#cancelLimitsRetry?.()
    this.#events.close()
    this.#queue.close()
  }

  async #process(key: string): Promise<number | undefined> {
    const { clock, metrics } = this.#options
    const { signal } = this.#stop
    // Planned when it can be carried out, on what is known then.
    await this.#limiter.ready(signal)
    const startedAt = clock.now()
    try {
      return await this.#reconcile(key, signal)
    } catch (error) {
      if (!signal.aborted) this.#logFailure(key, '', asApiError(error, 'handler').message)
      return INTERNAL_ERROR_RETRY_MS
    } finally {
      metrics.observeReconcile((clock.now() - startedAt) / 1000)
    }
  }

  /** Resolves to the milliseconds until the service is to be looked at again though nothing changes, if ever. */
  async #reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { member, mayWrite } = this.#options
    // What this look does not write does not need it.
    const pendingChanges = this.#propagation.take(key)
    // What is missed here comes again: all services are looked at when a cluster gets synced.
    if (!member.synced || !mayWrite()) {
      this.#retries.forget(key)
      return undefined
    }
    const { steps, warnings } = this.#plan(key)
    for (const note of warnings) this.report(note)
    if (steps.length === 0) this.#loggedFailures.delete(key)
    const backoffs = this.#retries.backoffsFor(key, steps)
    const round: Round = { key, versions: new WrittenVersions(), pendingChanges, signal }
    for (const [i, step] of steps.entries()) await this.#tryStep(step, backoffs[i]!, round)
    const waits = backoffs.flatMap(({ wait }) => wait ?? [])
    return waits.length === 0 ? undefined : Math.min(...waits)
  }

  #plan(key: string): Plan {
    const { member, plan: makePlan } = this.#options
    const plan = makePlan(key, member, this.#limits)
    const isRefused = this.#limits.failure(key) !== undefined
    if (!isRefused || plan.steps.flat().some(({ resource }) => resource === 'services')) return plan
    // What was refused is not wanted any more: the status must not go on about it.
    this.#limits.forgetFailure(key)
    return makePlan(key, member, this.#limits)
  }

  /** Carries out a step if its time has come; its endpoint changes wait with it. */
  async #tryStep(step: readonly Write[], backoff: StepBackoff, round: Round): Promise<void> {
    const { key, pendingChanges, signal } = round
    const { source = '' } = step[0]!
    const decision = backoff.next()
    if (decision === 'go') {
      const outcome = await this.#writeStep(step, backoff, round)
      if (outcome === 'done') backoff.written()
      if (outcome === 'done' || outcome === 'held back' || signal.aborted) return
    } else if (decision !== 'wait')
      this.#logFailure(key, describe(step[0]!), revertReasons[decision])
    const change = pendingChanges.get(source)
    if (change !== undefined) this.#propagation.add(key, source, change)
  }

  /** Carries out the writes of one step until one fails. */
  async #writeStep(writes: readonly Write[], backoff: StepBackoff, round: Round): Promise<Outcome> {
    const { versions, signal } = round
    for (const write of writes) {
      await this.#limiter.take(signal)
      if (signal.aborted || !this.#options.mayWrite()) return 'held back'
      try {
        await this.#send(versions.withLatestVersion(write), round)
      } catch (error) {
        if (signal.aborted) return 'held back'
        return this.#handleFailure(write, backoff, round, asApiError(error, 'handler'))
      }
    }
    this.#observePropagation(writes, round)
    return 'done'
  }

  /** All slices of a source are written, if they are what the step was about. */
  #observePropagation([first]: readonly Write[], { pendingChanges }: Round): void {
    const { metrics, member, clock } = this.#options
    const source = first?.source ?? ''
    const change = pendingChanges.get(source)
    if (change === undefined) return
    pendingChanges.delete(source)
    metrics.observePropagation(change.cluster, member.name, (clock.now() - change.at) / 1000)
  }

  async #send(write: Write, round: Round): Promise<void> {
    const { key, versions, signal } = round
    const { member, metrics, perform, log } = this.#options
    let answer: Body
    try {
      answer = await perform(member, write, signal)
    } catch (error) {
      metrics.countWrite(member.name, write, error instanceof ApiError ? error.reason : 'handler')
      const refused = error instanceof ApiError && error.status === 422
      if (!refused || write.action !== 'create') throw error
      const [body, ...otherwise] = write.otherwise ?? []
      if (body === undefined) throw error
      return this.#send({ ...write, body, otherwise }, round)
    }
    metrics.countWrite(member.name, write, 'ok')
    if (write.resource === 'services') this.#limits.forgetFailure(key)
    const { dropped, unreported } = this.#limits.observeWrite(write, answer)
    // What follows from the write was to come when a watch tells of it, which it does not when nothing has changed.
    if (dropped.length > 0) this.add(key)
    for (const field of unreported) {
      log.warning(`cluster ${member.name}: it does not keep ${field}: ${outdatedHint(write)}`)
    }
    this.#scheduleLimitsRetry()
    versions.record(write, answer)
    this.#recordEvents(write, answer)
    const line = `cluster ${member.name}: ${describe(write)}`
    if (write.action === 'patch') log.debug(line)
    else log.info(line)
  }

  #recordEvents(write: Write, answer: Body): void {
    // Where CRDs drop the conditions, every new controller would tell the same again.
    if (write.action !== 'patch' || nestedObject(answer, 'status').conditions === undefined) return
    const { resource, namespace, events = [] } = write
    const id = {
      ...write.id,
      resourceVersion: stringOf(nestedObject(answer, 'metadata').resourceVersion),
    }
    for (const event of events) this.report({ ...event, resource, namespace, id })
  }

  #handleFailure(write: Write, backoff: StepBackoff, { key }: Round, error: ApiError): Outcome {
    // The namespace's end is an event of its own; so is it when we may write again.
    if (isTerminating(error) || error.reason === 'not_started') return 'held back'
    if (error.retryAfterMs !== undefined) this.#limiter.pause(error.retryAfterMs)
    const { log, member } = this.#options
    for (const field of this.#limits.observeRefusal(key, write, error)) {
      log.warning(
        `cluster ${member.name}: ${field} is left out, since it is refused: ${error.message}`,
      )
    }
    this.#scheduleLimitsRetry()
    if (isOutdated(write, error)) {
      // What we knew was old; the next look is at what has come in between.
      if (backoff.conflicted()) return 'failed'
    } else backoff.failed()
    this.#logFailure(key, describe(write), error.message)
    return 'failed'
  }

  /** CRDs may be renewed, and one object is not the cluster: what is left out is tried again, seldom. */
  #scheduleLimitsRetry(): void {
    if (!this.#limits.isLimited || this.#stop.signal.aborted) return
    this.#cancelLimitsRetry ??= this.#options.clock.after(LIMITS_RETRY_MS, () => {
      this.#cancelLimitsRetry = undefined
      this.#limits.forgetLimits()
      for (const key of this.#options.member.reader.keys()) this.add(key)
    })
  }

  /** Warns of what is wrong with `what`, '' for all of the service, unless it is what was said last. */
  #logFailure(key: string, what: string, text: string): void {
    const logged = this.#loggedFailures.get(key) ?? new Map<string, string>()
    if (isSameRefusal(logged.get(what), text)) return
    this.#loggedFailures.set(key, logged.set(what, text))
    const { log, member } = this.#options
    // An API server's errors name the write themselves.
    const full = text.includes(what) ? text : `${what}: ${text}`
    log.warning(`cluster ${member.name}: service ${key}: ${full}; it will be tried again`)
  }
}

/** Why what was written is not there. */
const revertReasons = {
  reverted: 'what we write is changed again at once; is an admission webhook at work?',
  contested: 'what we write is changed back again and again; is another controller at work?',
} as const

/** True when the object was not, or is no more, what we knew of it. */
function isOutdated({ action }: Write, { reason }: ApiError): boolean {
  return reason === 'conflict' || (reason === 'not_found' && action !== 'create')
}

/** What a cluster that drops a field may be. */
function outdatedHint({ resource }: Write): string {
  const isBuiltIn = resource === 'services' || resource === 'endpointslices'
  return isBuiltIn ? 'is its Kubernetes older?' : 'are its CRDs older?'
}
