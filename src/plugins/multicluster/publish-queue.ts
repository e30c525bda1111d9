// The owners of names that wait to be published. Namespaces take turns, so that many changes in one namespace do not
// delay the others.

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

/** First come, first served within a namespace. An owner waits once, however often it changes. */
export class PublishQueue {
  readonly #namespaces = new Map<string, Waiters>()
  #turns = this.#namespaces.entries()
  #barriers: Barrier[] = []
  #size = 0
  #sequence = 0

  /** The number of owners that wait. */
  get size(): number {
    return this.#size
  }

  /** Adds an owner, unless it waits already. */
  add(owner: string, receivedAt: number): void {
    const { owners } = this.#waiters(namespaceOf(owner))
    if (owners.has(owner)) return
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
    let turn = this.#turns.next()
    if (turn.done) {
      this.#turns = this.#namespaces.entries()
      turn = this.#turns.next()
    }
    const [namespace, { owners, next }] = turn.value!
    const waiting: Waiting = next.next().value
    owners.delete(waiting.owner)
    if (owners.size === 0) this.#namespaces.delete(namespace)
    this.#size--
    return waiting
  }

  /** Calls `reached` when all owners that wait at present are published. */
  whenDone(reached: () => void): void {
    if (this.#size === 0) reached()
    else this.#barriers.push({ sequence: this.#sequence, left: this.#size, reached })
  }

  /** Tells that a taken owner is published. */
  done({ sequence }: Waiting): void {
    if (this.#barriers.length === 0) return
    for (const barrier of this.#barriers) if (sequence <= barrier.sequence) barrier.left--
    const reached = this.#barriers.filter(({ left }) => left === 0)
    this.#barriers = this.#barriers.filter(({ left }) => left > 0)
    for (const barrier of reached) barrier.reached()
  }

  /** Forgets all owners; whoever waits for them is told. */
  clear(): void {
    this.#namespaces.clear()
    this.#size = 0
    for (const { reached } of this.#barriers.splice(0)) reached()
  }
}

/** The namespace of an owner. */
export function namespaceOf(owner: string): string {
  const slash = owner.indexOf('/')
  return slash < 0 ? owner : owner.slice(0, slash)
}
