// `dns64` on the packet path: it lets pass everything but AAAA questions, and of these the answers that no client gets
// translated. The client is not known here, so the chain finds out whether it is one for which addresses are translated.
import { NXDOMAIN, TYPE_AAAA } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { ReplyWalk, walkReply } from '../../dns/reply-walk.ts'
import { type Answerer, ASK_CHAIN, DROP, NEXT } from '../runtime.ts'
import { hasType } from './reply-types.ts'

/** All answerers of a thread use it: a query is answered at once. */
const walk = new ReplyWalk()

export class Dns64Answerer implements Answerer {
  readonly #translateAll: boolean
  readonly #behind: readonly Answerer[]

  /** `behind` are the answerers behind `dns64`, in the order in which they are asked. */
  constructor(translateAll: boolean, behind: readonly Answerer[]) {
    this.#translateAll = translateAll
    this.#behind = behind
  }

  answer(exchange: Exchange): number {
    if (exchange.request.type !== TYPE_AAAA) return NEXT
    const behind = this.#behind
    for (let i = 0; i < behind.length; i++) {
      const result = behind[i]!.answer(exchange)
      if (result === NEXT) continue
      if (result === DROP || (result > 0 && this.#isFinal(exchange, result))) return result
      break
    }
    return ASK_CHAIN
  }

  #isFinal({ output, outOffset }: Exchange, length: number): boolean {
    if (!walkReply(output, outOffset, length, walk)) return false
    if (walk.rcode === NXDOMAIN && walk.answers === 0) return true
    return !this.#translateAll && hasType(walk, output, outOffset, TYPE_AAAA)
  }
}
