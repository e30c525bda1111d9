// The Services of which this server is an endpoint: they are the name servers of the zone (coredns plugin/kubernetes
// ns.go). Everybody who may write an EndpointSlice can make a Service one of them, so only the first are kept.
import type { LocalService } from '../../sources/objects.ts'
import { bytesKey } from '../multicluster/backends.ts'
import type { NameServer } from '../multicluster/fixed-names.ts'

/** The most Services that are name servers. Of others only the key is kept. */
const MAX_SERVICES = 16

interface OwnServicesOptions {
  /** The addresses of the server, as text. */
  readonly addresses: readonly string[]
  /** The names and addresses of a Service; bounded. */
  readonly serversOf: (view: LocalService) => readonly NameServer[]
}

interface Kept {
  readonly servers: readonly NameServer[]
  /** Equal texts: equal servers. */
  readonly text: string
}

/** The Services behind which the server is, as they are published. */
export class OwnServices {
  readonly #addresses: ReadonlySet<string>
  readonly #serversOf: OwnServicesOptions['serversOf']
  readonly #kept = new Map<string, Kept>()
  /** Keys of further ones. */
  readonly #further = new Set<string>()

  constructor({ addresses, serversOf }: OwnServicesOptions) {
    this.#addresses = new Set(addresses)
    this.#serversOf = serversOf
  }

  /** The name servers of the first of these Services, sorted by the keys of the Services. */
  servers(): readonly NameServer[] {
    return [...this.#kept].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, one]) => one.servers)
  }

  /** A Service that should be `put` again, because there is room for its servers. */
  waiting(): string | undefined {
    if (this.#kept.size === MAX_SERVICES) return undefined
    let first: string | undefined
    for (const key of this.#further) if (first === undefined || key < first) first = key
    return first
  }

  /** A Service is published, or removed when `view` is undefined; true when `servers` changed. */
  put(key: string, view: LocalService | undefined): boolean {
    this.#further.delete(key)
    if (view === undefined || !this.#isOwn(view)) return this.#kept.delete(key)
    if (!this.#kept.has(key) && !this.#makeRoom(key)) return false
    const servers = this.#serversOf(view)
    const text = servers.flatMap(({ name, addresses }) => [name, ...addresses].map(textOf)).join()
    if (this.#kept.get(key)?.text === text) return false
    this.#kept.set(key, { servers, text })
    return true
  }

  #isOwn({ slices }: LocalService): boolean {
    return slices.some(({ endpoints }) =>
      endpoints.some(({ addresses }) => addresses.some((one) => this.#addresses.has(one))),
    )
  }

  /** Only the first Services by key are kept. */
  #makeRoom(key: string): boolean {
    if (this.#kept.size < MAX_SERVICES) return true
    const last = [...this.#kept.keys()].reduce((a, b) => (a < b ? b : a))
    this.#further.add(key < last ? last : key)
    return key < last && this.#kept.delete(last)
  }
}

function textOf(bytes: Uint8Array): string {
  return `${bytes.length} ${bytesKey(bytes)}`
}
