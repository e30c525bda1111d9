// `nsid` on the packet path: the answerers behind it write the option into OPT.
import { HEADER_SIZE, OPT_SIZE } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, NEXT } from '../runtime.ts'
import { asksForNsid } from './option.ts'

/** Bytes of a record that must fit beside the option: a SOA with compressed names. */
const RECORD_ROOM = 64

export class NsidAnswerer implements Answerer {
  readonly #option: Uint8Array
  readonly #behind: readonly Answerer[]

  /** `option` is the option in wire form; `behind` are the answerers behind `nsid`, in the order in which they are asked. */
  constructor(option: Uint8Array, behind: readonly Answerer[]) {
    this.#option = option
    this.#behind = behind
  }

  answer(exchange: Exchange): number {
    const { request } = exchange
    if (!asksForNsid(request, exchange.input)) return NEXT
    const least = HEADER_SIZE + request.nameLength + 4 + RECORD_ROOM + OPT_SIZE
    if (exchange.limit - this.#option.length < least) return ASK_CHAIN
    // As in CoreDNS, the reply does not repeat the other options of the client.
    exchange.ownOptions = this.#option
    try {
      return this.#ask(exchange)
    } finally {
      exchange.ownOptions = undefined
    }
  }

  #ask(exchange: Exchange): number {
    const behind = this.#behind
    for (let i = 0; i < behind.length; i++) {
      const result = behind[i]!.answer(exchange)
      // The upstream thread does not know the option.
      if (result === ASK_UPSTREAM) return ASK_CHAIN
      if (result !== NEXT) return result
    }
    return ASK_CHAIN
  }
}
