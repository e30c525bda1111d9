// `autopath` on the packet path: it lets pass what the answerers behind it find. The chain gets the questions that have no
// answer, and those whose name does not exist, if the name may be one that a client has completed.
import { NXDOMAIN } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, NEXT } from '../runtime.ts'
import type { SearchPath } from './search-path.ts'

export class AutopathAnswerer implements Answerer {
  readonly #path: SearchPath
  readonly #behind: readonly Answerer[]

  /** `behind` are the answerers behind `autopath`, in the order in which they are asked. */
  constructor(path: SearchPath, behind: readonly Answerer[]) {
    this.#path = path
    this.#behind = behind
  }

  answer(exchange: Exchange): number {
    const result = this.#ask(exchange)
    const isAbsent = result > 0 && (exchange.output[exchange.outOffset + 3]! & 0xf) === NXDOMAIN
    if (!isAbsent && result !== ASK_UPSTREAM) return result
    return this.#path.mayApply(exchange.request) ? ASK_CHAIN : result
  }

  #ask(exchange: Exchange): number {
    const behind = this.#behind
    for (let i = 0; i < behind.length; i++) {
      const result = behind[i]!.answer(exchange)
      if (result !== NEXT) return result
    }
    // All have been asked: the server must not ask them again.
    return ASK_CHAIN
  }
}
