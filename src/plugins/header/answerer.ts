// `header` on the packet path: asks the answerers behind it, and changes the flags of their reply.
import { setU16, u16 } from '../../dns/bytes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, NEXT } from '../runtime.ts'
import { changedFlags, type FlagChange } from './flags.ts'

export class HeaderAnswerer implements Answerer {
  readonly #query: FlagChange
  readonly #response: FlagChange
  readonly #behind: readonly Answerer[]

  /** `behind` are the answerers behind `header`, in the order in which they are asked. */
  constructor(query: FlagChange, response: FlagChange, behind: readonly Answerer[]) {
    this.#query = query
    this.#response = response
    this.#behind = behind
  }

  answer(exchange: Exchange): number {
    const { request } = exchange
    const asked = request.flags
    request.flags = changedFlags(asked, this.#query)
    let length = NEXT
    const behind = this.#behind
    for (let i = 0; i < behind.length && length === NEXT; i++) length = behind[i]!.answer(exchange)
    // The chain changes the flags again.
    request.flags = asked
    // Upstreams get other flags than the upstream thread would send.
    if (length === NEXT || length === ASK_UPSTREAM) return ASK_CHAIN
    if (length > 0) {
      const { output, outOffset } = exchange
      const flags = changedFlags(u16(output, outOffset + 2), this.#response)
      setU16(output, outOffset + 2, flags)
    }
    return length
  }
}
