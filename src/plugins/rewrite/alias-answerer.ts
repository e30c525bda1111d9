// Aliases on the packet path: asks the answerers behind `rewrite` for the new name, and writes their reply as that to the
// asked name.
import { setU16 } from '../../dns/bytes.ts'
import { HEADER_SIZE, MESSAGE_MAX_SIZE, OPT_SIZE } from '../../dns/codes.ts'
import { copyOptions } from '../../dns/edns-options.ts'
import { Exchange, writeOpt } from '../../dns/exchange.ts'
import { PARSED } from '../../dns/request.ts'
import { type Answerer, ASK_CHAIN, ASK_UPSTREAM, NEXT } from '../runtime.ts'
import { AliasReply } from './alias-reply.ts'
import { ALIAS_RULE, type Aliases, NO_RULE } from './aliases.ts'

const ALL_OPTIONS = ~0

/** All answerers of a thread use them: a query is answered at once. */
const input = new Uint8Array(MESSAGE_MAX_SIZE)
const output = new Uint8Array(MESSAGE_MAX_SIZE)

export class AliasAnswerer implements Answerer {
  readonly #aliases: Aliases
  readonly #behind: readonly Answerer[]
  readonly #inner = new Exchange()
  readonly #reply = new AliasReply()

  /** `behind` are the answerers behind `rewrite`, in the order in which they are asked. */
  constructor(aliases: Aliases, behind: readonly Answerer[]) {
    this.#aliases = aliases
    this.#behind = behind
  }

  answer(exchange: Exchange): number {
    const selected = this.#aliases.select(exchange.request)
    if (selected === NO_RULE) return NEXT
    if (selected !== ALIAS_RULE) return ASK_CHAIN
    const length = this.#ask(exchange)
    // What packet threads do not answer, the chain rewrites, too.
    if (length === NEXT || length === ASK_UPSTREAM) return ASK_CHAIN
    if (length <= 0) return length
    return this.#reply.write(exchange, this.#inner, length, this.#aliases.alias!)
  }

  #ask(exchange: Exchange): number {
    const inner = this.#inner
    const length = this.#query(exchange)
    if (inner.request.parse(input, 0, length) !== PARSED) return ASK_CHAIN
    inner.place(input, 0, length, output, 0)
    inner.asked = exchange
    inner.setClient(exchange.client, exchange.clientAt)
    // The reply becomes longer or shorter, as its question does.
    const growth = exchange.request.nameLength - inner.request.nameLength
    inner.limit = Math.min(exchange.limit - growth, MESSAGE_MAX_SIZE)
    const behind = this.#behind
    for (let i = 0; i < behind.length; i++) {
      const result = behind[i]!.answer(inner)
      if (result !== NEXT) return result
    }
    return NEXT
  }

  /** Writes the query for the new name to `input`; returns its length in bytes. */
  #query({ request, input: bytes, inOffset }: Exchange): number {
    const { name, nameLength } = this.#aliases
    input.fill(0, 4, HEADER_SIZE)
    for (let i = 0; i < 4; i++) input[i] = bytes[inOffset + i]!
    input[5] = 1
    let at = HEADER_SIZE
    for (let i = 0; i < nameLength; i++) input[at++] = name[i]!
    setU16(input, at, request.type)
    setU16(input, at + 2, request.class)
    at += 4
    if (!request.hasOpt) return at
    input[11] = 1
    writeOpt(input, at, request.optSize, 0, request.optFlags)
    const { optionsStart, optionsEnd } = request
    const start = at + OPT_SIZE
    const end = copyOptions(bytes, optionsStart, optionsEnd, ALL_OPTIONS, input, start)
    setU16(input, start - 2, end - start)
    return end
  }
}
