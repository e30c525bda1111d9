// What upstreams send: the walk over a reply, the engine of `forward` that accepts it, and the reply that the client gets.
import { Exchange } from '../../../src/dns/exchange.ts'
import { NameReader } from '../../../src/dns/name-reader.ts'
import { ReplyWalk, walkReply } from '../../../src/dns/reply-walk.ts'
import { PARSED, udpReplySize } from '../../../src/dns/request.ts'
import { REPLY_FLAGS, writeWireReplyWithOpt } from '../../../src/dns/wire-reply.ts'
import { ASKED } from '../../../src/plugins/runtime.ts'
import { A, B, type Sent, type Setup, setup } from '../../plugins/forward/upstream/fake-host.ts'
import { checkReply } from '../check-reply.ts'
import type { Input, Part } from '../input.ts'
import { Output } from '../output.ts'
import { exchanges } from '../seeds.ts'
import { word } from '../shape.ts'
import { type Target, type TargetKind, Violation } from '../target.ts'
import { allowedSize, Wire } from '../wire.ts'

/** Inputs after which the fake upstreams forget everything. */
const LIFE = 4096

export const upstream: TargetKind = {
  name: 'upstream',
  seeds: () =>
    exchanges().flatMap(([query, reply]) => [
      [query, reply, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0)],
      [query, reply, reply, Uint8Array.of(1, 2, 3, 0, 0, 0, 0, 0)],
    ]),
  create: async () => new UpstreamTarget(),
}

/** Control byte 0: what is made of each reply; the others are ids and the like. */
const KEEPS_ID = 1
const KEEPS_QUESTION = 2
const FROM_ANOTHER_PORT = 4
const IS_LATE = 8
const PREFERS_UDP = 16

class UpstreamTarget implements Target {
  readonly #walk = new ReplyWalk()
  readonly #names = new NameReader()
  readonly #wire = new Wire()
  readonly #exchange = new Exchange()
  readonly #output = new Output()
  readonly #query = new Uint8Array(65_536)
  #setup!: Setup
  #waiter = 0
  #left = 0

  run(input: Input): number {
    if (this.#left-- === 0) this.#renew()
    const { host, engine } = this.#setup
    for (let i = 1; i < input.messages; i++) this.#walkAny(input.parts[i]!)
    if (!this.#ask(input.parts[0]!)) return input.messages
    const waiter = this.#waiter
    engine.flush()
    const [sent] = host.sockets.sent
    if (sent === undefined) throw new Violation('a query was not sent')
    this.#checkQuery(sent)
    const flags = input.control(0)
    if ((flags & IS_LATE) !== 0) this.#passReadTimeout()
    for (let i = 1; i < input.messages && !host.outcomes.has(waiter); i++) {
      this.#deliver(sent, input.parts[i]!, flags, input.control(i))
    }
    while (engine.shed());
    if (!host.outcomes.has(waiter)) throw new Violation('a query has no outcome')
    host.outcomes.clear()
    host.sockets.sent.length = 0
    return input.messages
  }

  /** The first attempt is late, and another upstream is asked. */
  #passReadTimeout(): void {
    const { host, engine } = this.#setup
    host.now += 2500
    engine.tick()
    engine.flush()
  }

  #renew(): void {
    this.#setup?.engine.close()
    this.#setup = setup([{ options: { preferUdp: false }, upstreams: [A, B] }], 16)
    this.#left = LIFE
    this.#waiter = 0
  }

  /** Any bytes as a reply: the walk ends inside of them. */
  #walkAny({ bytes, length }: Part): void {
    const walk = this.#walk
    if (!walkReply(bytes, 0, length, walk)) return
    const fault = this.#wire.read(bytes, 0, Math.max(walk.end, walk.optEnd), 'upstream')
    if (fault !== undefined) throw new Violation(`the walk accepts a reply that ${fault}`)
    if (walk.end > length || walk.optEnd > length || walk.records !== this.#wire.records) {
      throw new Violation('the walk ends elsewhere than the message')
    }
    for (let i = 0; i < walk.records; i++) {
      this.#names.read(bytes, 0, walk.ttlAt[i]! + 6, walk.end)
    }
  }

  /** Asks the engine; false if it is not a query for an upstream. */
  #ask(part: Part): boolean {
    const { length } = part
    this.#query.set(part.bytes.subarray(0, length))
    const exchange = this.#exchange
    exchange.place(this.#query, 0, length, this.#output.bytes, this.#output.at)
    const { request } = exchange
    if (request.parse(this.#query, 0, length) !== PARSED) return false
    exchange.limit = udpReplySize(request)
    return this.#setup.engine.ask(exchange, ++this.#waiter, 0) === ASKED
  }

  /** What an upstream gets is a query with the client's question. */
  #checkQuery({ bytes }: Sent): void {
    const wire = this.#wire
    const fault = wire.read(bytes, 0, bytes.length, 'own')
    if (fault !== undefined) throw new Violation(`the query for an upstream ${fault}`)
    if ((wire.flags & 0xf800) !== 0) throw new Violation('what an upstream gets is no query')
    if (bytes.length > 512) throw new Violation('a query for an upstream is too large')
    if (wire.optSize > 4096) throw new Violation('an upstream may send more than a buffer has')
    this.#sameQuestion(bytes, 'the query for an upstream has another question')
  }

  #sameQuestion(bytes: Uint8Array, text: string): void {
    const end = 12 + this.#exchange.request.nameLength + 4
    for (let i = 12; i < end; i++) if (bytes[i] !== this.#query[i]) throw new Violation(text)
  }

  #deliver(sent: Sent, part: Part, flags: number, more: number): void {
    const { host } = this.#setup
    const datagram = part.bytes.slice(0, part.length)
    const { nameLength } = this.#exchange.request
    if ((flags & KEEPS_ID) === 0 && datagram.length > 1) datagram.set(sent.bytes.subarray(0, 2))
    if ((flags & KEEPS_QUESTION) === 0 && datagram.length >= 12 + nameLength + 4) {
      datagram.set(sent.bytes.subarray(12, 12 + nameLength + 4), 12)
    }
    const copy = datagram.slice(0, 4096)
    const isCut = datagram.length > copy.length
    const other = (flags & FROM_ANOTHER_PORT) !== 0 && more === 1
    host.sockets.deliver(other ? sent.fd + 1 : sent.fd, datagram)
    const outcome = host.outcomes.get(this.#waiter)
    if (outcome === undefined || outcome.what !== 'replied') return
    if (other) throw new Violation('a reply to another port was accepted')
    const { reply } = outcome
    if (word(reply, 0) !== word(sent.bytes, 0))
      throw new Violation('a reply with another id was accepted')
    this.#checkAccepted(reply)
    if (!isCut && !walkReply(copy, 0, copy.length, this.#walk)) {
      throw new Violation('a malformed reply was accepted')
    }
    if (!isCut) this.#answer(copy, (flags & PREFERS_UDP) !== 0 ? more : 0)
  }

  /** The question of an accepted reply is that of the query, in any case. */
  #checkAccepted(reply: Uint8Array): void {
    const wire = this.#wire
    const fault = wire.read(reply, 0, reply.length, 'upstream')
    if (fault !== undefined) throw new Violation(`an accepted reply ${fault}`)
    if ((wire.flags & 0xf800) !== 0x8000) throw new Violation('an accepted message is no reply')
    const { nameLength } = this.#exchange.request
    const end = 12 + nameLength + 4
    if (wire.questionEnd !== end) throw new Violation('a reply to another question was accepted')
    for (let i = 12; i < end; i++) {
      const isName = i < 12 + nameLength
      const a = isName ? lower(reply[i]!) : reply[i]
      const b = isName ? lower(this.#query[i]!) : this.#query[i]
      if (a !== b) throw new Violation('a reply to another question was accepted')
    }
  }

  /** Writes the client's reply as the upstream thread does. */
  #answer(bytes: Uint8Array, turn: number): void {
    const exchange = this.#exchange
    const { inLength } = exchange
    const walk = this.#walk
    const most = allowedSize(this.#query, inLength, 65_507)
    for (const limit of [exchange.limit, 512]) {
      exchange.limit = limit
      this.#output.prepare(limit)
      const flags = word(bytes, 2) & REPLY_FLAGS
      const length = writeWireReplyWithOpt(exchange, bytes, 0, walk, flags, turn)
      this.#output.check(length, limit)
      const { bytes: output, at } = this.#output
      checkReply(this.#query, inLength, output, at, length, Math.min(most, limit), 'passed on')
    }
    // The next reply is for the first limit again.
    exchange.limit = most
  }

  close(): void {
    this.#setup?.engine.close()
  }
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte
}
