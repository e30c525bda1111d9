// `nsid` on the packet path: asks the answerers behind it, and puts the option into the OPT of their reply.
import { copyRange, setU16 } from '../../dns/bytes.ts'
import { HEADER_SIZE, OPT_SIZE } from '../../dns/codes.ts'
import { copyOptions, EXTENDED_ERRORS } from '../../dns/edns-options.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { ReplyWalk, walkReply } from '../../dns/reply-walk.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, NEXT } from '../runtime.ts'
import { asksForNsid } from './option.ts'

/** Bytes of a record that must fit beside the option: a SOA with compressed names. */
const RECORD_ROOM = 64

export class NsidAnswerer implements Answerer {
  readonly #option: Uint8Array
  readonly #behind: readonly Answerer[]
  readonly #walk = new ReplyWalk()

  /** `option` is the option in wire form; `behind` are the answerers behind `nsid`, in the order in which they are asked. */
  constructor(option: Uint8Array, behind: readonly Answerer[]) {
    this.#option = option
    this.#behind = behind
  }

  answer(exchange: Exchange): number {
    const { request, limit } = exchange
    if (!asksForNsid(request, exchange.input)) return NEXT
    const size = this.#option.length
    const least = HEADER_SIZE + request.nameLength + 4 + RECORD_ROOM + OPT_SIZE
    if (limit - size < least) return ASK_CHAIN
    exchange.limit = limit - size
    const length = this.#ask(exchange)
    exchange.limit = limit
    return length > 0 ? this.#mark(exchange, length) : length
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

  /**
   * Replaces the options of the reply by NSID; its length is the result. As in CoreDNS the reply does not repeat the client's
   * other options.
   */
  #mark({ output, outOffset }: Exchange, length: number): number {
    const walk = this.#walk
    if (!walkReply(output, outOffset, length, walk) || walk.optEnd === 0) return ASK_CHAIN
    const first = outOffset + walk.optStart + OPT_SIZE
    const optionsEnd = outOffset + walk.optEnd
    const at = copyOptions(output, first, optionsEnd, EXTENDED_ERRORS, output, first)
    const end = copyRange(this.#option, 0, this.#option.length, output, at)
    setU16(output, first - 2, end - first)
    return end - outOffset
  }
}
