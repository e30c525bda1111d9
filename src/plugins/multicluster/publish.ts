// Publishes a store in an answer table: compiles the Services that changed and replaces their names in the table. A long
// list of changes, or one large Service, is published in slices of time, so that the control thread serves everything
// else in between. The names of a Service are replaced at once, when all of them are compiled.
import type { ImportedService } from '../../sources/objects.ts'
import type { StoreChange, StoreReader } from '../../sources/source.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { pageShape } from '../../zone/page-shape.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import { compileNamespace, compileSteps, type ZoneOptions } from './compile.ts'
import { type LeftOut, limitService, readableBytes } from './limits.ts'
import { NamespaceUsage } from './namespace-usage.ts'
import { PublishQueue, type Waiting } from './publish-queue.ts'
import type { ServiceLimits } from './size-estimate.ts'
import { eventLoop, type Turns } from './turns.ts'

/** A store, and the table in which it is published. */
interface PublishOptions extends ZoneOptions {
  readonly store: StoreReader
  readonly table: TableWriter
  readonly limits: ServiceLimits
  /** Seconds since 1970, for the SOA serial. */
  readonly nowSeconds: () => number
  /** Called after each slice that changed answers; the age is that of its oldest change, from receipt to visibility, in ms. */
  readonly onVisible: (ageMs: number) => void
  /** Called when the names of `owner`, a Service or namespace, do not fit in the table; its old answers stay. */
  readonly onError: (owner: string, error: unknown) => void
  /** Called for each compiled Service "namespace/name" with what its limits leave out. */
  readonly onLimited: (service: string, leftOut: LeftOut | undefined) => void
  readonly turns?: Turns
}

/** The updates of one table. */
export interface Publication {
  /** Resolves when all changes up to this call are in the table, or the updates have ended. */
  published(): Promise<void>
  /** Ends the updates. */
  stop(): void
}

/** Publishes the store and its changes until `stop` is called. */
export function publishZone(options: PublishOptions): Publication {
  return new Publisher(options)
}

/** What is compiled of a Service. */
interface Compiled {
  readonly names: readonly CompiledName[]
  readonly leftOut: LeftOut | undefined
  /** The limit in bytes with which it was compiled. */
  readonly bytes: number
}

/** The owner that is published at present. */
interface Job {
  readonly waiting: Waiting
  /** Ends with true when answers changed. */
  readonly steps: Iterator<void, boolean>
  /** How long it took so far. */
  ms: number
}

/** How long one slice lasts, in milliseconds. The step at its end makes it longer. */
const SLICE_MS = 10

class Publisher implements Publication {
  readonly #options: PublishOptions
  readonly #turns: Turns
  readonly #queue = new PublishQueue()
  readonly #usage: NamespaceUsage
  readonly #unsubscribe: () => void
  #job: Job | undefined
  #cancelNext: (() => void) | undefined
  #sawSynced = false
  #stopped = false

  constructor(options: PublishOptions) {
    const { store, turns = eventLoop } = options
    this.#options = options
    this.#turns = turns
    this.#usage = new NamespaceUsage(options.limits.namespaceBytes)
    this.#unsubscribe = store.subscribe((change) => this.#changed(change))
    this.#changed({
      services: new Set(store.serviceKeys()),
      namespaces: new Set(store.namespaces()),
      receivedAt: turns.now(),
    })
  }

  published(): Promise<void> {
    return new Promise((resolve) => this.#queue.whenDone(resolve))
  }

  stop(): void {
    this.#stopped = true
    this.#unsubscribe()
    this.#cancelNext?.()
    this.#job = undefined
    this.#queue.clear()
  }

  #changed({ namespaces, services, receivedAt }: StoreChange): void {
    const { store, table } = this.#options
    for (const owner of namespaces) this.#queue.add(owner, receivedAt)
    for (const owner of services) this.#queue.add(owner, receivedAt)
    if (store.synced && !this.#sawSynced) {
      this.#sawSynced = true
      this.#queue.whenDone(() => {
        if (!this.#stopped) table.setSynced()
      })
    }
    if (this.#cancelNext === undefined) this.#publishSlice()
  }

  #publishSlice(): void {
    const { table, nowSeconds, onVisible } = this.#options
    let now = this.#turns.now()
    const end = now + SLICE_MS
    let oldest = Number.POSITIVE_INFINITY
    const taken: Waiting[] = []
    while (now < end) {
      const job = this.#nextJob()
      if (job === undefined) break
      const isReplaced = this.#step(job)
      const started = now
      now = this.#turns.now()
      job.ms += now - started
      if (isReplaced === undefined) continue
      const { waiting, ms } = job
      this.#job = undefined
      this.#queue.charge(waiting, ms)
      taken.push(waiting)
      if (isReplaced) oldest = Math.min(oldest, waiting.receivedAt)
    }
    const isVisible = oldest < Number.POSITIVE_INFINITY
    // Before the table may become synced: no reply has the serial of an empty zone.
    if (isVisible) table.advanceSerial(nowSeconds())
    for (const owner of taken) this.#queue.done(owner)
    if (isVisible) onVisible(this.#turns.now() - oldest)
    const isDone = this.#job === undefined && this.#queue.size === 0
    this.#cancelNext = isDone ? undefined : this.#turns.next(() => this.#publishSlice())
  }

  /** The job that is not done yet, else that of the next owner. */
  #nextJob(): Job | undefined {
    if (this.#job !== undefined) return this.#job
    const waiting = this.#queue.take()
    if (waiting !== undefined) this.#job = { waiting, steps: this.#replace(waiting.owner), ms: 0 }
    return this.#job
  }

  /** One step of a job; undefined when there are more, else true when answers changed. */
  #step({ waiting, steps }: Job): boolean | undefined {
    try {
      const { done, value } = steps.next()
      return done ? value : undefined
    } catch (error) {
      this.#options.onError(waiting.owner, error)
      return false
    }
  }

  /** Publishes the owner, a namespace ("namespace") or a Service ("namespace/name"); true when answers changed. */
  *#replace(owner: string): Generator<void, boolean> {
    return owner.includes('/') ? yield* this.#replaceService(owner) : this.#replaceNamespace(owner)
  }

  #replaceNamespace(name: string): boolean {
    const { store, table } = this.#options
    return table.replace(
      name,
      store.hasNamespace(name) ? compileNamespace(name, this.#options) : [],
    )
  }

  *#replaceService(key: string): Generator<void, boolean> {
    const { table } = this.#options
    const before = table.bytesOf(key)
    const { names, leftOut, bytes } = yield* this.#compileInto(key, this.#usage.room(key, before))
    const isReplaced = table.replace(key, names)
    const shortenedTo = leftOut?.exceeded.includes('namespaceBytes') ? bytes : undefined
    const next = this.#usage.update(key, table.bytesOf(key) - before, shortenedTo)
    if (next !== undefined) this.#queue.add(next, this.#turns.now())
    return isReplaced
  }

  /**
   * Compiles a Service whose namespace has `room` bytes for it. The size is estimated from above, so what is compiled
   * with a greater limit may fit: the whole Service, or as much of it as it has at present.
   */
  *#compileInto(key: string, room: number): Generator<void, Compiled> {
    const { store, limits, endpoints, onLimited } = this.#options
    // Without endpoints the slices have no answers.
    const found = store.service(key, endpoints ? readableBytes(limits) : 0)
    const whole = endpoints || found === undefined ? found : { ...found, slices: [], unread: 0 }
    let compiled = yield* this.#compile(whole, limits.bytes)
    if (!fits(compiled, room)) {
      compiled = yield* this.#compile(whole, Math.max(this.#usage.shortenedTo(key) ?? 0, room))
      if (!fits(compiled, room)) compiled = yield* this.#compile(whole, room)
    }
    onLimited(key, compiled.leftOut)
    return compiled
  }

  *#compile(whole: ImportedService | undefined, bytes: number): Generator<void, Compiled> {
    if (whole === undefined) return { names: [], leftOut: undefined, bytes }
    const { limits, zone } = this.#options
    const { view, leftOut } = limitService(whole, limits, zone.length, bytes)
    return { names: yield* compileSteps(view, this.#options), leftOut, bytes }
  }
}

/** Without a look at the names where the limit says enough. */
function fits({ names, bytes }: Compiled, room: number): boolean {
  return bytes <= room || 4 * pageShape(names).words <= room
}
