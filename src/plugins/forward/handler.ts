// The part of `forward` in the plugin chain: the directives of a block, one after the other.
import type { Handler } from '../chain.ts'
import { ASK_NEXT_FORWARD, type Forwarder } from './forwarder.ts'

/** Resolves queries with the first of `forwarders()` that covers their name; others go to the next plugin. */
export function forwardHandler(forwarders: () => readonly Forwarder[]): Handler {
  return {
    name: 'forward',
    async handle(query, next) {
      const all = forwarders()
      for (let i = 0; i < all.length; i++) {
        const forwarder = all[i]!
        if (!forwarder.covers(query.request)) continue
        const answer = await forwarder.ask(query, i < all.length - 1)
        if (answer !== ASK_NEXT_FORWARD) return answer
      }
      return next()
    },
  }
}
