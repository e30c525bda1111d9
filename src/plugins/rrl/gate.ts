// Decides for each UDP reply whether its client network has an allowance left. Nothing here allocates.
import { setU16 } from '../../dns/bytes.ts'
import { FLAG_TC, HEADER_SIZE, OPT_SIZE } from '../../dns/codes.ts'
import { writeOpt } from '../../dns/exchange.ts'
import type { Request } from '../../dns/request.ts'
import { networkOf } from '../../udp/sockaddr.ts'
import { type HashKey, hashName } from '../../zone/name-hash.ts'
import type { ReplyGate } from '../runtime.ts'
import type { Accounts } from './accounts.ts'
import { DROPPED, EXCEEDED, TRUNCATED } from './counters.ts'
import { authorityName, ERROR, NXDOMAIN_TYPE, REFERRAL, RESPONSE, replyType } from './reply-type.ts'

interface GateOptions {
  readonly accounts: Accounts
  /** Keys of the two hashes of an account. */
  readonly keys: readonly [HashKey, HashKey]
  /** Wire names in lower case. */
  readonly zones: readonly Uint8Array[]
  /** By index in REPLY_TYPES. */
  readonly costs: readonly number[]
  readonly windowMs: number
  readonly ipv4Bits: number
  readonly ipv6Bits: number
  readonly slipRatio: number
  readonly reportOnly: boolean
  readonly counters: Float64Array
  /** The milliseconds of a clock that all threads share. */
  readonly now: () => number
  /** At least 0 and less than 1. */
  readonly random: () => number
}

/** Words of an account's key: the network, type and qtype, and the hash of the name. */
const KEY_WORDS = 6
const NAME_BYTES = 256

/** The gate of one block in one thread. */
export class RateGate implements ReplyGate {
  readonly #options: GateOptions
  // Fields, because taking arrays apart allocates.
  readonly #key0: number
  readonly #key1: number
  readonly #tagKey0: number
  readonly #tagKey1: number
  readonly #key = new Int32Array(KEY_WORDS + 1)
  readonly #nameWords = new Int32Array(NAME_BYTES / 4)
  readonly #name = new Uint8Array(this.#nameWords.buffer)

  constructor(options: GateOptions) {
    this.#options = options
    const [[key0, key1], [tagKey0, tagKey1]] = options.keys
    this.#key0 = key0
    this.#key1 = key1
    this.#tagKey0 = tagKey0
    this.#tagKey1 = tagKey1
  }

  pass(
    request: Request,
    reply: Uint8Array,
    at: number,
    length: number,
    client: Uint8Array,
    clientAt: number,
  ): number {
    const { accounts, costs, counters, windowMs, reportOnly } = this.#options
    if (!this.#limits(request)) return length
    const type = replyType(reply, at, length, request.nameLength)
    const cost = costs[type]!
    if (cost === 0) return length
    this.#setKey(type, request, reply, at, length, client, clientAt)
    const hash = hashName(this.#key, 0, 4 * KEY_WORDS, this.#key0, this.#key1)
    const tag = hashName(this.#key, 0, 4 * KEY_WORDS, this.#tagKey0, this.#tagKey1)
    if (accounts.debit(hash, tag, this.#options.now(), cost, windowMs) >= 0) return length
    counters[EXCEEDED + type]!++
    return reportOnly ? length : this.#excessReply(request, reply, at)
  }

  #limits(request: Request): boolean {
    const { zones } = this.#options
    for (let i = 0; i < zones.length; i++) if (request.isBelow(zones[i]!)) return true
    return false
  }

  /** Replies of one account are those that a resolver would ask once: see buildToken in the external plugin. */
  #setKey(
    type: number,
    request: Request,
    reply: Uint8Array,
    at: number,
    length: number,
    client: Uint8Array,
    clientAt: number,
  ): void {
    const { ipv4Bits, ipv6Bits } = this.#options
    const key = this.#key
    networkOf(client, clientAt, ipv4Bits, ipv6Bits, key)
    const hasType = type === RESPONSE || type === REFERRAL
    key[4] = type | (hasType ? request.type << 8 : 0)
    if (type === ERROR) key[5] = 0
    else if (type === NXDOMAIN_TYPE || type === REFERRAL) {
      // Of the zone: names that do not exist are without number.
      const size = authorityName(reply, at, length, request.nameLength, this.#name)
      key[5] = hashName(this.#nameWords, 0, size, this.#key0, this.#key1)
    } else key[5] = hashName(request.nameWords, 0, request.nameLength, this.#key0, this.#key1)
  }

  /** Truncates the reply to its question, or drops it. */
  #excessReply(request: Request, reply: Uint8Array, at: number): number {
    const { slipRatio, counters, random } = this.#options
    // At random: with a counter, one of two questions in turn would always be dropped.
    if (slipRatio === 0 || random() * slipRatio >= 1) {
      counters[DROPPED]!++
      return 0
    }
    counters[TRUNCATED]!++
    reply[at + 2] = reply[at + 2]! | (FLAG_TC >>> 8)
    for (let i = 6; i < HEADER_SIZE; i += 2) setU16(reply, at + i, 0)
    const end = HEADER_SIZE + request.nameLength + 4
    if (!request.hasOpt) return end
    // RFC 6891 section 6.1.1. The query had at least as many bytes.
    setU16(reply, at + HEADER_SIZE - 2, 1)
    writeOpt(reply, at + end, request.optSize, 0, request.optFlags & 0xff00)
    return end + OPT_SIZE
  }
}
