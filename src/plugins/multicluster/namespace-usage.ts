// The bytes that the Services of each namespace have in a table: many Services that are each within their limits would
// still fill the memory. Who writes objects in one namespace takes room from that namespace only.
import { namespaceOf } from './publish-queue.ts'

/** The use of one table. Services are "namespace/name". */
export class NamespaceUsage {
  readonly #most: number
  readonly #bytes = new Map<string, number>()
  /**
   * Of each namespace the Services that have less than they ask for because of it, with the limit in bytes to which each
   * was shortened. The one that waits longest is first.
   */
  readonly #short = new Map<string, Map<string, number>>()

  /** `most` is in bytes. */
  constructor(most: number) {
    this.#most = most
  }

  /** The bytes that a Service may have that has `own` bytes at present. */
  room(service: string, own: number): number {
    const used = this.#bytes.get(namespaceOf(service)) ?? 0
    return Math.max(0, this.#most - used + own)
  }

  /**
   * The limit in bytes to which the Service was shortened last. It is greater than what the Service takes, because the
   * size is estimated from above: only with the same limit it keeps what it has. Undefined when it is not short.
   */
  shortenedTo(service: string): number | undefined {
    return this.#short.get(namespaceOf(service))?.get(service)
  }

  /**
   * Notes that a Service takes `more` bytes (negative: fewer), and the limit to which it was shortened for lack
   * of room; undefined when it is not short. Returns a Service that should be published again, because there is room for it now. It is one at a time: when it is not short any more, its
   * own update returns the next.
   */
  update(service: string, more: number, shortenedTo: number | undefined): string | undefined {
    const namespace = namespaceOf(service)
    const bytes = (this.#bytes.get(namespace) ?? 0) + more
    if (bytes === 0) this.#bytes.delete(namespace)
    else this.#bytes.set(namespace, bytes)
    const short = this.#short.get(namespace) ?? new Map<string, number>()
    const wasShort = short.delete(service)
    const [next] = short.keys()
    if (shortenedTo !== undefined) short.set(service, shortenedTo)
    if (short.size === 0) this.#short.delete(namespace)
    else this.#short.set(namespace, short)
    return more < 0 || (wasShort && shortenedTo === undefined) ? next : undefined
  }
}
