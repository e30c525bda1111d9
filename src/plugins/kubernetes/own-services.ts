// The Services of which this server is an endpoint: they are the name servers of the zone (coredns plugin/kubernetes
// ns.go).
import type { LocalService } from '../../sources/objects.ts'

/** The Services behind which the server is, as they are published. */
export class OwnServices {
  readonly #addresses: ReadonlySet<string>
  readonly #views = new Map<string, LocalService>()

  /** `addresses` are those of the server, as text. */
  constructor(addresses: readonly string[]) {
    this.#addresses = new Set(addresses)
  }

  /** The views of these Services, sorted by key. */
  views(): readonly LocalService[] {
    return [...this.#views].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, view]) => view)
  }

  /** A Service is published, or removed when `view` is undefined; true if it is or was one of these Services. */
  put(key: string, view: LocalService | undefined): boolean {
    const isOwn =
      view?.slices.some(({ endpoints }) =>
        endpoints.some(({ addresses }) => addresses.some((one) => this.#addresses.has(one))),
      ) ?? false
    if (view === undefined || !isOwn) return this.#views.delete(key)
    this.#views.set(key, view)
    return true
  }
}
