// `rewrite` on the packet path: the reply to an alias's new name, written as the reply to the asked name. What the table or
// the cache answers is any well-formed message, with any names in its data.
import { MESSAGE_MAX_SIZE } from '../../../src/dns/codes.ts'
import type { Exchange } from '../../../src/dns/exchange.ts'
import { ReplyWalk, walkReply } from '../../../src/dns/reply-walk.ts'
import { writeWireReplyWithOpt } from '../../../src/dns/wire-reply.ts'
import { parseRule } from '../../../src/plugins/rewrite/parse-rule.ts'
import { rewriteRuntime } from '../../../src/plugins/rewrite/runtime.ts'
import { type Answerer, NEXT } from '../../../src/plugins/runtime.ts'
import { linkBlock } from '../../../src/server/path/block-handlers.ts'
import { createPacketPath } from '../../../src/server/path/listener-path.ts'
import { MISS, type PacketPath } from '../../../src/server/path/packet-path.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { checkReply, reply } from '../check-reply.ts'
import type { Input, Part } from '../input.ts'
import { Output } from '../output.ts'
import { exchanges } from '../seeds.ts'
import { type Target, type TargetKind, Violation } from '../target.ts'
import { allowedSize, Wire } from '../wire.ts'

/** The new names have as many bytes as the asked ones, more, and fewer. */
const RULES = [
  'name exact www.example.org new.example.net',
  'name exact www.example.org a.much.longer.name.of.the.same.example.net',
  'name exact www.example.org b.',
  'name suffix .example.org .example.net answer auto',
  'name suffix .example.org .a.much.longer.suffix.example.net answer auto',
  'name suffix example.org net answer auto',
  'name suffix .example.org .example.net',
] as const

/** Control byte 1 times this, and 512, are the bytes for a reply; 0 is all of them. */
const SPACE_STEP = 8
/** Of a reply: flags and rcode that upstreams may set. */
const PASSED_FLAGS = 0x068f

export const alias: TargetKind = {
  name: 'alias',
  seeds: () =>
    exchanges().flatMap(([query, answer]) =>
      RULES.map((_, i) => [query, answer, Uint8Array.of(i, i % 2, 0, 0, 0, 0, 0, 0)]),
    ),
  create: async () => new AliasTarget(),
}

class AliasTarget implements Target {
  readonly #answerer = new AnyReply()
  readonly #output = new Output()
  readonly #query = new Uint8Array(MESSAGE_MAX_SIZE)
  readonly #paths = RULES.map((rule) => pathWith(rule, this.#answerer))

  run(input: Input): number {
    for (let i = 0; i < input.messages; i += 2) {
      this.#answerer.part = i + 1 < input.messages ? input.parts[i + 1] : undefined
      this.#ask(input.parts[i]!, input.control(0), input.control(1))
    }
    return input.messages
  }

  #ask({ bytes, length }: Part, rule: number, steps: number): void {
    const query = this.#query
    query.set(bytes.subarray(0, length))
    const allowed = allowedSize(query, length, 65_507)
    const limit = steps === 0 ? allowed : Math.min(allowed, 512 + SPACE_STEP * steps)
    const { bytes: output, at } = this.#output
    this.#output.prepare(limit)
    const path = this.#paths[rule % RULES.length]!
    this.#answerer.records = -1
    path.enter()
    const size = path.answer(query, 0, length, output, at, limit)
    path.leave()
    if (size === MISS || size === 0) return
    if (size < 0) throw new Violation(`the packet path returns ${size}`)
    this.#output.check(size, limit)
    checkReply(query, length, output, at, size, limit, 'passed on')
    const { records, input } = this.#answerer
    // Only an alias asks with bytes of its own.
    if (records < 0 || input === query) return
    if (reply.records !== records) {
      throw new Violation(`the reply has ${reply.records} records instead of ${records}`)
    }
    const fault = reply.nameFault()
    if (fault !== undefined) throw new Violation(`the reply ${fault}`)
  }
}

/** Answers every question with the message of `part`, if it is well-formed. */
class AnyReply implements Answerer {
  readonly #walk = new ReplyWalk()
  readonly #wire = new Wire()
  readonly #message = new Uint8Array(2 * MESSAGE_MAX_SIZE)
  part: Part | undefined
  /** The records of the last answer, without OPT; -1 without an answer. */
  records = -1
  /** The bytes of the last question. */
  input: Uint8Array | undefined

  answer(exchange: Exchange): number {
    const length = this.#copy(exchange)
    const message = this.#message
    if (length < 0 || !walkReply(message, 0, length, this.#walk)) return NEXT
    // As the threads that ask upstreams do: they move OPT to the end.
    if (!this.#walk.optIsLast) return NEXT
    const flags = this.#walk.flags & PASSED_FLAGS
    const size = writeWireReplyWithOpt(exchange, message, 0, this.#walk, flags, 0)
    if (size <= 0) return size
    this.#wire.read(exchange.output, exchange.outOffset, size, 'upstream')
    this.records = this.#wire.records
    this.input = exchange.input
    return size
  }

  /** Puts the question of the exchange in the place of the message's own; returns the length in bytes, or -1. */
  #copy({ request, input, inOffset }: Exchange): number {
    const { part } = this
    if (part === undefined || part.length < 12) return -1
    this.#wire.read(part.bytes, 0, part.length, 'upstream')
    const { questionEnd } = this.#wire
    const message = this.#message
    const tail = 12 + request.nameLength + 4
    const length = tail + part.length - questionEnd
    if (length > MESSAGE_MAX_SIZE) return -1
    message.set(part.bytes.subarray(0, 12))
    message[4] = 0
    message[5] = 1
    for (let i = 12; i < tail; i++) message[i] = input[inOffset + i]!
    message.set(part.bytes.subarray(questionEnd, part.length), tail)
    return length
  }
}

function pathWith(rule: string, answerer: Answerer): PacketPath {
  const rules = [parseRule(rule.split(' '))]
  const rewrite = rewriteRuntime({ plugin: 'rewrite', rules }, runtimeContext())
  const handler = {
    name: 'table',
    handle: async () => ({ none: true }) as const,
  }
  return createPacketPath({
    group: { address: '', port: 53, sockets: 1, zones: [{ zone: '.', block: 0 }] },
    blocks: [linkBlock([rewrite, { answerer, handler }], {}, 'table')],
    tables: new Map(),
    protocol: 'tcp',
    onError: () => {},
    recover: (error) => {
      throw error
    },
  })
}
