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

/** First come, first served within a namespace. An owner waits once, however often it changes. */
export class PublishQueue {
  readonly #namespaces = new Map<string, Map<string, Waiting>>()
  #barriers: Barrier[] = []
  #size = 0
  #sequence = 0

  /** The number of owners that wait. */
  get size(): number {
    return this.#size
  }

  /** Adds an owner, unless it waits already. */
  add(owner: string, receivedAt: number): void {
    const namespace = namespaceOf(owner)
    const owners = this.#namespaces.get(namespace) ?? new Map<string, Waiting>()
    if (owners.has(owner)) return
    this.#sequence++
    this.#size++
    owners.set(owner, { owner, receivedAt, sequence: this.#sequence })
    this.#namespaces.set(namespace, owners)
  }

  /** Removes and returns the next owner; call `done` when it is published. */
  take(): Waiting | undefined {
    for (const [namespace, owners] of this.#namespaces) {
      // The namespace is last from now on.
      this.#namespaces.delete(namespace)
      for (const waiting of owners.values()) {
        owners.delete(waiting.owner)
        if (owners.size > 0) this.#namespaces.set(namespace, owners)
        this.#size--
        return waiting
      }
    }
    return undefined
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
