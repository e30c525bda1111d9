// Publishes changing content in an answer table: replaces the names of the owners that changed. A long list of changes,
// or one large owner, is published in slices of time, so that the control thread serves everything else in between. The
// names of an owner are replaced at once, when all of them are compiled.
import type { TableWriter } from '../../zone/table-writer.ts'
import { PublishQueue, type Waiting } from './publish-queue.ts'
import { eventLoop, type Turns } from './turns.ts'

/** What a table is filled with: owners, and the names of each. */
export interface Content {
  /** True once everything is read; it never becomes false again. */
  readonly synced: boolean
  /** All owners that may have names. */
  owners(): Iterable<string>
  /** Calls `listener` with the owners that changed, and when `synced` becomes true; returns the unsubscriber. */
  subscribe(listener: OwnersChanged): () => void
  /** Replaces the names of an owner in steps; returns what came of it. Throws when they do not fit in the table. */
  publish(owner: string): Generator<void, Published>
}

/** Takes owners that changed; `receivedAt` is performance.now() when the oldest of the changes was received. */
export type OwnersChanged = (owners: Iterable<string>, receivedAt: number) => void

/** What came of the publication of an owner. */
export interface Published {
  /** True when answers changed. */
  readonly isChanged: boolean
  /** Other owners that should be published. */
  readonly next?: readonly string[]
}

/** Content, and the table in which it is published. */
interface PublishOptions {
  readonly content: Content
  readonly table: TableWriter
  /** Seconds since 1970, for the SOA serial. */
  readonly nowSeconds: () => number
  /** Called after each slice that changed answers; the age is that of its oldest change, from receipt to visibility, in ms. */
  readonly onVisible: (ageMs: number) => void
  /** Called when the names of `owner` do not fit in the table; its old answers stay. */
  readonly onError: (owner: string, error: unknown) => void
  /** Called when the table is synced. */
  readonly onSynced?: () => void
  readonly turns?: Turns
}

/** The updates of one table. */
export interface Publication {
  /** Resolves when all changes up to this call are in the table, or the updates have ended. */
  published(): Promise<void>
  /** Ends the updates. */
  stop(): void
}

/** Publishes the content and its changes until `stop` is called. */
export function publishContent(options: PublishOptions): Publication {
  return new Publisher(options)
}

/** The owner that is published at present. */
interface Job {
  readonly waiting: Waiting
  readonly steps: Iterator<void, Published>
  /** How long it took so far. */
  ms: number
}

/** How long one slice lasts, in milliseconds. The step at its end makes it longer. */
const SLICE_MS = 10

class Publisher implements Publication {
  readonly #options: PublishOptions
  readonly #turns: Turns
  readonly #queue = new PublishQueue()
  readonly #unsubscribe: () => void
  #job: Job | undefined
  #cancelNext: (() => void) | undefined
  #sawSynced = false
  #stopped = false

  constructor(options: PublishOptions) {
    const { content, turns = eventLoop } = options
    this.#options = options
    this.#turns = turns
    this.#unsubscribe = content.subscribe((...change) => this.#changed(...change))
    this.#changed(content.owners(), turns.now())
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

  #changed(owners: Iterable<string>, receivedAt: number): void {
    const { content, table } = this.#options
    for (const owner of owners) this.#queue.add(owner, receivedAt)
    if (content.synced && !this.#sawSynced) {
      this.#sawSynced = true
      this.#queue.whenDone(() => {
        if (this.#stopped) return
        table.setSynced()
        this.#options.onSynced?.()
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
      const published = this.#step(job)
      const started = now
      now = this.#turns.now()
      job.ms += now - started
      if (published === undefined) continue
      const { waiting, ms } = job
      this.#job = undefined
      this.#queue.charge(waiting, ms)
      taken.push(waiting)
      if (published.isChanged) oldest = Math.min(oldest, waiting.receivedAt)
      for (const owner of published.next ?? []) this.#queue.add(owner, now)
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
    if (waiting === undefined) return undefined
    this.#job = { waiting, steps: this.#options.content.publish(waiting.owner), ms: 0 }
    return this.#job
  }

  /** One step of a job; undefined when there are more. */
  #step({ waiting, steps }: Job): Published | undefined {
    try {
      const { done, value } = steps.next()
      return done ? value : undefined
    } catch (error) {
      this.#options.onError(waiting.owner, error)
      return { isChanged: false }
    }
  }
}
