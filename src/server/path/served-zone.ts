// The zones of a listener, and which of them a request is for.
import type { ListenGroup } from '../../config.ts'
import { TYPE_DS } from '../../dns/codes.ts'
import { nameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import type { BlockHandlers } from './block-handlers.ts'

/** A zone of the listener with the handlers of its block. */
export interface ServedZone extends Omit<BlockHandlers, 'links'> {
  /** Index in `ListenGroup.zones`. */
  readonly index: number
  /** Wire name in lower case. */
  readonly name: Uint8Array
}

/** The zones of `group`, the longest name first: the first zone that covers a name is the most specific one. */
export function servedZones(
  group: ListenGroup,
  blocks: readonly BlockHandlers[],
): readonly ServedZone[] {
  return group.zones
    .map(({ zone, block }, index) => {
      const name = nameToWire(zone)
      const handlers = blocks[block]
      if (name === undefined || handlers === undefined) throw new Error(`invalid zone ${zone}`)
      const { links: _links, ...rest } = handlers
      return { index, name, ...rest }
    })
    .sort((a, b) => b.name.length - a.name.length)
}

/** The zone of a request; undefined if none covers its name. */
export function selectZone(zones: readonly ServedZone[], request: Request): ServedZone | undefined {
  let selected: ServedZone | undefined
  for (const zone of zones) {
    if (!request.isBelow(zone.name)) continue
    if (request.type !== TYPE_DS) return zone
    // DS belongs to the parent: take the outermost zone that is not the root (server.go ServeDNS).
    if (selected === undefined || zone.name.length > 1) selected = zone
  }
  return selected
}
