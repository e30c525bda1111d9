// Brings one cluster to what is planned for it, service by service. Each cluster has its own worker, so that a
// slow or dead one holds up nobody else.
import { ApiError, asApiError } from '../kube/api-error.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../log.ts'
import { type Arrival, Arrivals } from './arrivals.ts'
import type { Body, MemberCluster, ObjectNote, Write } from './cluster.ts'
import { ClusterMemory, isTerminating } from './cluster-memory.ts'
import { EventReporter, type ReporterOptions } from './event-reporter.ts'
import type { FleetMetrics } from './fleet-metrics.ts'
import { KeyQueue } from './key-queue.ts'
import type { Plan } from './plan.ts'
import { at, text } from './raw-fields.ts'
import { type BudgetLimits, WriteBudget } from './write-budget.ts'
import { describe, signatureOf, WrittenVersions } from './write-identity.ts'

export interface WorkerOptions extends Pick<ReporterOptions, 'replica' | 'report'> {
  readonly member: MemberCluster
  readonly plan: (key: string, member: MemberCluster, memory: ClusterMemory) => Plan
  readonly log: Log
  readonly clock: Clock
  readonly random: () => number
  readonly budget: BudgetLimits
  readonly metrics: FleetMetrics
  /** Asked before each write; false while somebody else leads. */
  readonly mayWrite: () => boolean
  /** Does a write; a dry run only shows it. */
  readonly perform: (member: MemberCluster, write: Write, signal: AbortSignal) => Promise<Body>
}

/** One look at a service. */
interface Turn {
  readonly key: string
  /** Of the objects that were written in it. */
  readonly versions: WrittenVersions
  /** Endpoint changes that wait to be written, by source. */
  readonly arrivals: Map<string, Arrival>
  readonly signal: AbortSignal
}

/** What became of a step: a failed one is tried again; one that was held back is planned anew when that is over. */
type Outcome = 'done' | 'held back' | 'failed'

/** Services that are worked on at once in one cluster. */
const CONCURRENCY = 16
/** What a cluster dropped or refused is tried again after this long. */
const LIMITS_MS = 3_600_000

export class ClusterWorker {
  readonly #options: WorkerOptions
  readonly #memory = new ClusterMemory()
  readonly #budget: WriteBudget
  readonly #stop = new AbortController()
  readonly #queue: KeyQueue
  readonly #events: EventReporter
  readonly #arrivals = new Arrivals()
  /** Cancels the time at which limits are forgotten; undefined while there are none. */
  #retry: (() => void) | undefined
  /** The last plan of each service that was carried out and not yet seen to be enough. */
  readonly #done = new Map<string, string>()
  /** Errors that the log knows of, by service. */
  readonly #said = new Map<string, string>()

  constructor(options: WorkerOptions) {
    const { clock, random, budget } = options
    this.#options = options
    this.#budget = new WriteBudget(budget, clock)
    this.#events = new EventReporter(options)
    this.#queue = new KeyQueue({
      clock,
      random,
      concurrency: CONCURRENCY,
      work: (key) => this.#work(key),
    })
  }

  get queue(): Pick<KeyQueue, 'depth' | 'retrying' | 'idle'> {
    return this.#queue
  }

  add(key: string): void {
    this.#queue.add(key)
  }

  /** Endpoints of the service have changed in the member `source`; `add` is to follow. */
  arrived(key: string, { id, name }: MemberCluster, at: number): void {
    if (id !== undefined) this.#arrivals.add(key, id, { cluster: name, at })
  }

  /** Tells of an export or import of the cluster by an Event, unless it repeats the last one. */
  report(note: ObjectNote): void {
    this.#events.add(note)
  }

  close(): void {
    this.#stop.abort()
    this.#retry?.()
    this.#events.close()
    this.#queue.close()
  }

  async #work(key: string): Promise<boolean> {
    const { clock, metrics } = this.#options
    const { signal } = this.#stop
    // Planned when it can be carried out, on what is known then.
    await this.#budget.ready(signal)
    const startedAt = clock.now()
    try {
      return await this.#settle(key, signal)
    } catch (error) {
      if (!signal.aborted) this.#say(key, asApiError(error, 'handler').message)
      return false
    } finally {
      metrics.reconciled((clock.now() - startedAt) / 1000)
    }
  }

  async #settle(key: string, signal: AbortSignal): Promise<boolean> {
    const { member, mayWrite, plan: makePlan } = this.#options
    // What this look does not write does not need it.
    const arrivals = this.#arrivals.take(key)
    // What is missed here comes again: all services are looked at when a cluster gets synced.
    if (!member.synced || !mayWrite()) return true
    const plan = makePlan(key, member, this.#memory)
    for (const note of plan.warnings) this.report(note)
    if (!plan.steps.flat().some(({ resource }) => resource === 'services')) {
      this.#memory.failures.delete(key)
    }
    if (plan.steps.length === 0) {
      this.#done.delete(key)
      this.#said.delete(key)
      return true
    }
    const signature = signatureOf(plan.steps.flat())
    if (this.#done.get(key) === signature) {
      // It was written and the cluster still has it otherwise: somebody undoes it as it is written.
      this.#done.delete(key)
      this.#say(key, 'what we write is changed again at once; is an admission webhook at work?')
      return false
    }
    const results: Outcome[] = []
    const turn: Turn = { key, versions: new WrittenVersions(), arrivals, signal }
    for (const step of plan.steps) results.push(await this.#step(step, turn))
    if (signal.aborted) return true
    if (results.includes('failed')) {
      for (const [source, one] of arrivals) this.#arrivals.add(key, source, one)
      return false
    }
    if (!results.includes('held back')) this.#done.set(key, signature)
    return true
  }

  /** Carries out the writes of one step until one fails. */
  async #step(writes: readonly Write[], turn: Turn): Promise<Outcome> {
    const { key, versions, signal } = turn
    for (const write of writes) {
      await this.#budget.take(signal)
      if (signal.aborted || !this.#options.mayWrite()) return 'held back'
      try {
        await this.#write(versions.follow(write), turn)
      } catch (error) {
        if (signal.aborted) return 'held back'
        return this.#failed(key, write, asApiError(error, 'handler'))
      }
    }
    this.#propagated(writes, turn)
    return 'done'
  }

  /** All slices of a source are written, if they are what the step was about. */
  #propagated([first]: readonly Write[], { arrivals }: Turn): void {
    const { metrics, member, clock } = this.#options
    const source = first?.source ?? ''
    const arrival = arrivals.get(source)
    if (arrival === undefined) return
    arrivals.delete(source)
    metrics.propagated(arrival.cluster, member.name, (clock.now() - arrival.at) / 1000)
  }

  async #write(write: Write, turn: Turn): Promise<void> {
    const { key, versions, signal } = turn
    const { member, metrics, perform, log } = this.#options
    let answer: Body
    try {
      answer = await perform(member, write, signal)
    } catch (error) {
      metrics.wrote(member.name, write, error instanceof ApiError ? error.reason : 'handler')
      const refused = error instanceof ApiError && error.status === 422
      if (!refused || write.action !== 'create') throw error
      const [body, ...otherwise] = write.otherwise ?? []
      if (body === undefined) throw error
      return this.#write({ ...write, body, otherwise }, turn)
    }
    metrics.wrote(member.name, write, 'ok')
    if (write.resource === 'services') this.#memory.failures.delete(key)
    for (const field of this.#memory.learn(write, answer)) {
      log.warning(`cluster ${member.name}: it does not keep ${field}: are its CRDs older?`)
    }
    this.#tryLimitsLater()
    versions.note(write, answer)
    this.#tell(write, answer)
    const line = `cluster ${member.name}: ${describe(write)}`
    if (write.action === 'patch') log.debug(line)
    else log.info(line)
  }

  #tell(write: Write, answer: Body): void {
    // Where CRDs drop the conditions, every new controller would tell the same again.
    if (write.action !== 'patch' || at(answer, 'status').conditions === undefined) return
    const { resource, namespace, events = [] } = write
    const id = { ...write.id, resourceVersion: text(at(answer, 'metadata').resourceVersion) }
    for (const one of events) this.report({ ...one, resource, namespace, id })
  }

  #failed(key: string, write: Write, error: ApiError): Outcome {
    // The namespace's end is an event of its own; so is it when we may write again.
    if (isTerminating(error) || error.reason === 'not_started') return 'held back'
    if (error.retryAfterMs !== undefined) this.#budget.pause(error.retryAfterMs)
    const { log, member } = this.#options
    for (const field of this.#memory.refused(key, write, error)) {
      log.warning(`cluster ${member.name}: it does not take this ${field}: ${error.message}`)
    }
    this.#tryLimitsLater()
    // What we knew was old; the next look is at what has come in between.
    if (error.reason !== 'conflict') this.#say(key, `${describe(write)}: ${error.message}`)
    return 'failed'
  }

  /** CRDs may be renewed, and one object is not the cluster: what is left out is tried again, seldom. */
  #tryLimitsLater(): void {
    if (!this.#memory.isLimited || this.#stop.signal.aborted) return
    this.#retry ??= this.#options.clock.after(LIMITS_MS, () => {
      this.#retry = undefined
      this.#memory.forgetLimits()
      for (const key of this.#options.member.reader.keys()) this.add(key)
    })
  }

  #say(key: string, text: string): void {
    if (this.#said.get(key) === text) return
    this.#said.set(key, text)
    const { log, member } = this.#options
    log.warning(`cluster ${member.name}: service ${key}: ${text}; it will be tried again`)
  }
}
