// `acl` on the packet path: before answer tables and caches.
import { ERROR_BLOCKED, ERROR_FILTERED, NOERROR, REFUSED } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { AF_UNSPEC } from '../../udp/sockaddr.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, DROP, NEXT } from '../runtime.ts'
import type { Access } from './access.ts'
import { ALLOW, BLOCK, FILTER } from './rules.ts'

export class AclAnswerer implements Answerer {
  readonly #access: Access
  readonly #behind: readonly Answerer[]

  /** `behind` are the answerers behind `acl`, in the order in which they are asked. */
  constructor(access: Access, behind: readonly Answerer[]) {
    this.#access = access
    this.#behind = behind
  }

  answer(exchange: Exchange): number {
    const { request, client, clientAt } = exchange
    if (client[clientAt] === AF_UNSPEC) return NEXT
    const decision = this.#access.decide(request, client, clientAt)
    if (decision === ALLOW) return this.#allow(exchange)
    if (decision === BLOCK) return exchange.bareError(REFUSED, ERROR_BLOCKED)
    if (decision === FILTER) return exchange.bareError(NOERROR, ERROR_FILTERED)
    return DROP
  }

  /** Counts the query, unless the chain will see it again and count it there. */
  #allow(exchange: Exchange): number {
    if (exchange.asked === undefined) {
      this.#access.countAllowed()
      return NEXT
    }
    // The chain rewrites the query again if nobody answers it here.
    const behind = this.#behind
    for (let i = 0; i < behind.length; i++) {
      const result = behind[i]!.answer(exchange)
      if (result === NEXT) continue
      if (result !== ASK_CHAIN && result !== ASK_UPSTREAM) this.#access.countAllowed()
      return result
    }
    return ASK_CHAIN
  }
}
