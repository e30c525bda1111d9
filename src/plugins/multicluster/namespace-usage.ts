// The bytes that the Services of each namespace have in a table: many Services that are each within their limits would
// still fill the memory. Who writes objects in one namespace takes room from that namespace only.
import { namespaceOf } from './publish-queue.ts'

/** The use of one table. Services are "namespace/name". */
export class NamespaceUsage {
  readonly #most: number
  readonly #bytes = new Map<string, number>()
  /** Services that have less than they ask for because of their namespace; the one that waits longest is first. */
  readonly #short = new Map<string, Set<string>>()

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
   * Notes that a Service takes `more` bytes (negative: fewer), and whether it is short of room. Returns a Service that
   * should be published again, because there is room for it now. It is one at a time: when it is not short any more, its
   * own update returns the next.
   */
  update(service: string, more: number, isShort: boolean): string | undefined {
    const namespace = namespaceOf(service)
    const bytes = (this.#bytes.get(namespace) ?? 0) + more
    if (bytes === 0) this.#bytes.delete(namespace)
    else this.#bytes.set(namespace, bytes)
    const short = this.#short.get(namespace) ?? new Set<string>()
    const wasShort = short.delete(service)
    const [next] = short
    if (isShort) short.add(service)
    if (short.size === 0) this.#short.delete(namespace)
    else this.#short.set(namespace, short)
    return more < 0 || (wasShort && !isShort) ? next : undefined
  }
}
