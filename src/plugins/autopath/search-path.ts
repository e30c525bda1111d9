// The search list of each client, from the Corefile or from another plugin of the block.
import { escapedNameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import type { Client } from '../chain.ts'
import type { Link, SearchLists } from '../runtime.ts'
import type { AutopathConfig } from './options.ts'

/** The last element of every list: the name as it is. */
const ROOT = new Uint8Array(1)

export class SearchPath {
  readonly #zones: readonly Uint8Array[]
  readonly #from: string | undefined
  /** What follows the domains of `#lists`. */
  readonly #rest: readonly Uint8Array[]
  #lists: SearchLists | undefined

  constructor({ zones, from, search }: AutopathConfig) {
    const domains = wireNames(search)
    this.#zones = wireNames(zones)
    this.#from = from
    this.#rest = from === undefined ? [ROOT] : [...domains, ROOT]
    this.#lists = from === undefined && domains.length > 0 ? fixedList(domains) : undefined
  }

  /** As `Link.connect`. */
  connect(links: ReadonlyMap<string, Link>): void {
    if (this.#from !== undefined) this.#lists = links.get(this.#from)?.searchLists
  }

  /** As `SearchLists.mayApply`. */
  mayApply(request: Request): boolean {
    return this.#lists !== undefined && this.#covers(request) && this.#lists.mayApply(request)
  }

  /** As `SearchLists.of`, with the whole list, whose last element is the root. */
  of(request: Request, client: Client): readonly Uint8Array[] | undefined {
    const domains = this.#covers(request) ? this.#lists?.of(request, client) : undefined
    return domains && [...domains, ...this.#rest]
  }

  #covers(request: Request): boolean {
    const zones = this.#zones
    for (let i = 0; i < zones.length; i++) if (request.isBelow(zones[i]!)) return true
    return false
  }
}

/** The same list for all clients. */
function fixedList(domains: readonly Uint8Array[]): SearchLists {
  const first = domains[0]!
  // The domain itself is no name that a client has completed. CoreDNS answers it with SERVFAIL.
  const mayApply = (request: Request) => request.nameLength > first.length && request.isBelow(first)
  return { mayApply, of: (request) => (mayApply(request) ? domains : undefined) }
}

function wireNames(names: readonly string[]): readonly Uint8Array[] {
  return names.flatMap((name) => escapedNameToWire(name) ?? [])
}
