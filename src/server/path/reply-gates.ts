// The gates of a listener: they decide which replies of their zone are sent. Without any, nothing is called.
import type { ListenGroup } from '../../config.ts'
import type { Request } from '../../dns/request.ts'
import type { ReplyGate } from '../../plugins/runtime.ts'
import type { BlockHandlers } from './block-handlers.ts'

/** Passes replies through the gates of their zones. */
export class ReplyGates {
  /** By index in `ListenGroup.zones`. */
  readonly #zones: readonly (ReplyGate | undefined)[]

  constructor(zones: readonly (ReplyGate | undefined)[]) {
    this.#zones = zones
  }

  /** As `ReplyGate.pass`, for a reply of `zone` (-1 = none). */
  pass(
    zone: number,
    request: Request,
    reply: Uint8Array,
    at: number,
    length: number,
    client: Uint8Array,
    clientAt: number,
  ): number {
    const gate = zone < 0 ? undefined : this.#zones[zone]
    return gate === undefined ? length : gate.pass(request, reply, at, length, client, clientAt)
  }
}

/** The gates of a listener; undefined if no block has one. */
export function replyGates(
  { zones }: ListenGroup,
  blocks: readonly BlockHandlers[],
): ReplyGates | undefined {
  const gates = zones.map(({ block }) => blocks[block]!.links.find(({ gate }) => gate)?.gate)
  return gates.some((gate) => gate !== undefined) ? new ReplyGates(gates) : undefined
}
