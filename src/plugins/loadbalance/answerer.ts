// `loadbalance` on the packet path: puts the replies of the answerers behind it in order.
import type { Exchange } from '../../dns/exchange.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, NEXT } from '../runtime.ts'
import type { ReplyOrder } from './reply-order.ts'

export class OrderAnswerer implements Answerer {
  readonly #order: ReplyOrder
  readonly #behind: readonly Answerer[]

  /** `behind` are the answerers behind `loadbalance`, in the order in which they are asked. */
  constructor(order: ReplyOrder, behind: readonly Answerer[]) {
    this.#order = order
    this.#behind = behind
  }

  answer(exchange: Exchange): number {
    const length = this.#ask(exchange)
    // The upstream thread sends replies as they are; the chain puts them in order.
    if (length === NEXT || length === ASK_UPSTREAM) return ASK_CHAIN
    if (length <= 0) return length
    const { output, outOffset, request } = exchange
    return this.#order.put(output, outOffset, length, request.type) ? length : ASK_CHAIN
  }

  #ask(exchange: Exchange): number {
    const behind = this.#behind
    for (let i = 0; i < behind.length; i++) {
      const result = behind[i]!.answer(exchange)
      if (result !== NEXT) return result
    }
    return NEXT
  }
}
