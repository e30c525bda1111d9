// Which names of a zone reach a server block: a listener passes each query to the block with the longest key that covers
// the name (coredns core/dnsserver/server.go ServeDNS).
import type { ListenGroup } from '../config.ts'
import { isSubdomain } from '../dns/name.ts'

/** A key of a listener: a lower-case FQDN and the index of its block in `Config.blocks`. */
export type Key = ListenGroup['zones'][number]

/** Names that reach a block: `zone` and those below it, without the zones of `except` and the names below those. */
interface Part {
  readonly zone: string
  readonly except: readonly Key[]
}

/** What one listener passes to a block of a zone's names. */
export interface Reach {
  /** Empty when no name of the zone reaches the block. */
  readonly parts: readonly Part[]
  /** The key that the zone itself belongs to; undefined when no key of the listener covers it. */
  readonly owner: Key | undefined
}

/** The names in `zone` (lower-case FQDN) that a listener with `keys` passes to `block`. */
export function reach(keys: readonly Key[], block: number, zone: string): Reach {
  const owner = longest(keys, zone)
  const below = keys.filter((key) => key.zone !== zone && isSubdomain(key.zone, zone))
  const parent = (key: Key) =>
    longest(
      keys.filter(({ zone }) => zone !== key.zone),
      key.zone,
    )
  const own = below.filter((key) => key.block === block && parent(key)?.block !== block)
  const heads = [...(owner?.block === block ? [zone] : []), ...own.map((key) => key.zone)]
  const taken = below.filter((key) => key.block !== block && parent(key)?.block === block)
  const headOf = (key: Key) =>
    heads
      .filter((head) => isSubdomain(key.zone, head))
      .reduce((a, b) => (b.length > a.length ? b : a))
  const parts = heads.map((head) => {
    return { zone: head, except: taken.filter((key) => headOf(key) === head) }
  })
  return { parts, owner }
}

/** The longest key that covers `name`. */
function longest(keys: readonly Key[], name: string): Key | undefined {
  const covering = keys.filter(({ zone }) => isSubdomain(name, zone))
  return covering.sort((a, b) => b.zone.length - a.zone.length)[0]
}
