// What a server block does with a query, made from its configuration: the zone answerers that the packet
// path may ask by itself, and the chain for everything else.
import type { BlockConfig } from '../config.ts'
import type { ZoneAnswerer } from '../zone/zone-answerer.ts'
import { compose, type Handler, type Query, type Reply } from './chain.ts'
import { type AnswererOptions, multiclusterHandler, zoneAnswerers } from './multicluster/handler.ts'
import { whoamiHandler } from './whoami/handler.ts'

export interface BlockHandlers {
  /** In chain order; they come before any handler that may change or give an answer. */
  readonly answerers: readonly ZoneAnswerer[]
  readonly chain: (query: Query) => Promise<Reply>
  /** False where the block has no plugin that sees queries: CoreDNS refuses its zones. */
  readonly serves: boolean
  /** The largest EDNS size taken from a client, in bytes. */
  readonly maxOptSize: number
}

/** Builds the handlers of one block for one listener. */
export function blockHandlers(
  block: BlockConfig,
  options: Omit<AnswererOptions, 'rotate'>,
): BlockHandlers {
  const rotate = block.handlers.some(({ plugin }) => plugin === 'loadbalance')
  const answerers: ZoneAnswerer[] = []
  const chain: Handler[] = []
  let direct = true
  for (const handler of block.handlers) {
    switch (handler.plugin) {
      case 'multicluster':
      case 'kubernetes': {
        const own = zoneAnswerers(handler, { ...options, rotate })
        if (direct) answerers.push(...own)
        chain.push(multiclusterHandler(handler, own))
        break
      }
      case 'whoami':
        direct = false
        chain.push(whoamiHandler)
        break
      // These look at queries and replies from outside: the transports' observers.
      case 'prometheus':
      case 'errors':
      case 'log':
      case 'loadbalance':
        break
    }
  }
  return {
    answerers,
    chain: compose(chain, block.handlers.at(-1)?.plugin),
    serves: block.handlers.length > 0 || block.bufsize !== undefined,
    maxOptSize: block.bufsize ?? 65535,
  }
}
