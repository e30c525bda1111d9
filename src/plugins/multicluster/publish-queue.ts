// The owners of names that wait to be published. Namespaces take turns, so that many changes in one namespace, or large
// Services, do not delay the others.

/** An owner, a namespace ("namespace") or a Service ("namespace/name"), and when its oldest change was received. */
export interface Waiting {
  readonly owner: string
  /** performance.now(). */
  readonly receivedAt: number
  /** Owners that were added before have smaller numbers. */
  readonly sequence: number
}

/** Waits for the owners up to a sequence number. */
interface Barrier {
  readonly sequence: number
  left: number
  readonly reached: () => void
}

/** The owners of one namespace that wait. */
interface Waiters {
  readonly owners: Map<string, Waiting>
  /** Continues behind the owner that was taken last: a new iterator would step over all that were removed. */
  readonly next: Iterator<Waiting>
}

/** The time of one turn. Most Services take a tenth of it. */
const TURN_MS = 1

/** First come, first served within a namespace. An owner waits once, however often it changes. */
export class PublishQueue {
  /** The next turn is first. A namespace is removed with its turn, and added again if more of its owners wait. */
  readonly #namespaces = new Map<string, Waiters>()
  /** Never at its end while an owner waits: all namespaces are behind those that it has passed. */
  readonly #turns = this.#namespaces.entries()
  /** Milliseconds that the last turn of a namespace took above TURN_MS, less TURN_MS for each turn it passed since. */
  readonly #overtime = new Map<string, number>()
  #barriers: Barrier[] = []
  #size = 0
  /** Owners that were taken and are not published yet. */
  #taken = 0
  #sequence = 0

  /** The number of owners that wait. */
  get size(): number {
    return this.#size
  }

  /** Adds an owner, unless it waits already. */
  add(owner: string, receivedAt: number): void {
    const { owners } = this.#waiters(namespaceOf(owner))
    if (owners.has(owner)) return
    if (this.#size === 0) this.#overtime.clear()
    this.#sequence++
    this.#size++
    owners.set(owner, { owner, receivedAt, sequence: this.#sequence })
  }

  #waiters(namespace: string): Waiters {
    const known = this.#namespaces.get(namespace)
    if (known !== undefined) return known
    const owners = new Map<string, Waiting>()
    const waiters = { owners, next: owners.values() }
    this.#namespaces.set(namespace, waiters)
    return waiters
  }

  /** Removes and returns the next owner; call `done` when it is published. */
  take(): Waiting | undefined {
    if (this.#size === 0) return undefined
    const [namespace, waiters] = this.#nextTurn()
    const { owners, next } = waiters
    const waiting: Waiting = next.next().value
    owners.delete(waiting.owner)
    this.#namespaces.delete(namespace)
    if (owners.size > 0) this.#namespaces.set(namespace, waiters)
    this.#size--
    this.#taken++
    return waiting
  }

  /** The namespace whose turn it is; those with overtime pass theirs. */
  #nextTurn(): [string, Waiters] {
    for (;;) {
      const turn: [string, Waiters] = this.#turns.next().value!
      const [namespace, waiters] = turn
      const overtime = this.#overtime.get(namespace)
      if (overtime === undefined) return turn
      if (overtime > TURN_MS) this.#overtime.set(namespace, overtime - TURN_MS)
      else this.#overtime.delete(namespace)
      this.#namespaces.delete(namespace)
      this.#namespaces.set(namespace, waiters)
    }
  }

  /** Tells that a taken owner took `ms` to publish. Its namespace passes one turn for each started TURN_MS above one. */
  charge({ owner }: Waiting, ms: number): void {
    if (ms > TURN_MS) this.#overtime.set(namespaceOf(owner), ms - TURN_MS)
  }

  /** Calls `reached` when all owners that wait at present, or were taken, are published. */
  whenDone(reached: () => void): void {
    const left = this.#size + this.#taken
    if (left === 0) reached()
    else this.#barriers.push({ sequence: this.#sequence, left, reached })
  }

  /** Tells that a taken owner is published. */
  done({ sequence }: Waiting): void {
    this.#taken--
    if (this.#barriers.length === 0) return
    for (const barrier of this.#barriers) if (sequence <= barrier.sequence) barrier.left--
    const reached = this.#barriers.filter(({ left }) => left === 0)
    this.#barriers = this.#barriers.filter(({ left }) => left > 0)
    for (const barrier of reached) barrier.reached()
  }

  /** Forgets all owners; whoever waits for them is told. */
  clear(): void {
    this.#namespaces.clear()
    this.#overtime.clear()
    this.#size = 0
    this.#taken = 0
    for (const { reached } of this.#barriers.splice(0)) reached()
  }
}

/** The namespace of an owner. */
export function namespaceOf(owner: string): string {
  const slash = owner.indexOf('/')
  return slash < 0 ? owner : owner.slice(0, slash)
}
