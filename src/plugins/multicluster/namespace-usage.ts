// The bytes that the Services of each namespace have in a table: many Services that are each within their limits would
// still fill the memory. Who writes objects in one namespace takes room from that namespace only.
import { namespaceOf } from './publish-queue.ts'

/** The use of one namespace. */
interface Use {
  bytes: number
  /**
   * The Services that have less than they ask for because of the namespace, with the limit in bytes to which each was
   * shortened. The one that waits longest is first.
   */
  readonly short: Map<string, number>
  /** How many of `short` the free room is still offered to. */
  offers: number
}

/** The use of one table. Services are "namespace/name". */
export class NamespaceUsage {
  readonly #most: number
  readonly #namespaces = new Map<string, Use>()

  /** `most` is in bytes. */
  constructor(most: number) {
    this.#most = most
  }

  /** The bytes that a Service may have that has `own` bytes at present. */
  room(service: string, own: number): number {
    const used = this.#namespaces.get(namespaceOf(service))?.bytes ?? 0
    return Math.max(0, this.#most - used + own)
  }

  /**
   * The limit in bytes to which the Service was shortened last. It is greater than what the Service takes, because the
   * size is estimated from above: only with the same limit it keeps what it has. Undefined when it is not short.
   */
  shortenedTo(service: string): number | undefined {
    return this.#namespaces.get(namespaceOf(service))?.short.get(service)
  }

  /**
   * Notes that a Service takes `more` bytes (negative: fewer), and the limit to which it was shortened for lack of room;
   * undefined when it is not short. Returns a Service that should be published again, because room is free. It is one
   * at a time: its own update returns the next, until all that were short when room became free had their turn.
   */
  update(service: string, more: number, shortenedTo: number | undefined): string | undefined {
    const namespace = namespaceOf(service)
    const use = this.#namespaces.get(namespace) ?? { bytes: 0, short: new Map(), offers: 0 }
    const { short } = use
    use.bytes += more
    const wasShort = short.delete(service)
    if (more < 0) use.offers = short.size
    const next = more < 0 || wasShort ? nextOffer(use) : undefined
    if (shortenedTo !== undefined) short.set(service, shortenedTo)
    if (use.bytes === 0 && short.size === 0) this.#namespaces.delete(namespace)
    else this.#namespaces.set(namespace, use)
    return next
  }
}

function nextOffer(use: Use): string | undefined {
  if (use.offers === 0) return undefined
  use.offers--
  const [next] = use.short.keys()
  return next
}
