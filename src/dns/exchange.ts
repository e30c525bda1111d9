// One request and its reply while it is written: a reusable object, so the packet path allocates nothing. To write
// a reply: `begin`, then records at `at` of at most `room` bytes, then `finish`, which adds OPT.
import { setU16, u16 } from './bytes.ts'
import {
  FLAG_AD,
  FLAG_CD,
  FLAG_QR,
  FLAG_RA,
  FLAG_RD,
  FLAG_TC,
  HEADER_SIZE,
  OPCODE_QUERY,
  OPT_SIZE,
  TYPE_OPT,
} from './codes.ts'
import {
  copyOptions,
  EXTENDED_ERROR_SIZE,
  optionsSize,
  wellFormedOptions,
  writeExtendedError,
} from './edns-options.ts'
import { Request } from './request.ts'

/** Options that the reply repeats unchanged: NSID, EXPIRE, COOKIE, KEEPALIVE, PADDING (coredns request/edns0.go). */
const ECHOED_OPTIONS = (1 << 3) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12)
/** The options of an upstream's reply that are for the client too: not COOKIE, KEEPALIVE, PADDING. */
const END_TO_END_OPTIONS = ~((1 << 10) | (1 << 11) | (1 << 12))

const ALL_OPTIONS = ~0

const NOTHING = new Uint8Array(0)

// Offsets of the section counts in the header.
const COUNTS = { answers: 6, authorities: 8, additionals: 10 } as const

/** A request in `input` at `inOffset`, and its reply in `output` at `outOffset`. */
export class Exchange {
  readonly request: Request
  input: Uint8Array = NOTHING
  inOffset = 0
  /** Bytes of the request. */
  inLength = 0
  output: Uint8Array = NOTHING
  outOffset = 0
  /** The maximum size of the reply in bytes. */
  limit = 0
  /**
   * The socket address of the client (struct sockaddr of Linux) is at `clientAt` of `client`. The family is 0 where the
   * server asks itself; without any bytes the client is unknown.
   */
  client: Uint8Array = NOTHING
  clientAt = 0
  /** Where the client's request is, if a plugin has made this one of it. */
  asked: Pick<Exchange, 'input' | 'inOffset' | 'inLength'> | undefined
  /** Options of OPT in place of those of the client that a reply repeats, while a plugin says so. */
  ownOptions: Uint8Array | undefined
  /** The offset in `output` for the next record. */
  at = 0
  #optLength = 0
  /** The source of the options of OPT: those of `#optionsMask` in `[#optionsStart, #optionsEnd)` of `#options`. */
  #options: Uint8Array = NOTHING
  #optionsStart = 0
  #optionsEnd = 0
  #optionsMask = 0

  /** `request` is parsed by the caller, before or after. */
  constructor(request: Request = new Request()) {
    this.request = request
  }

  /** Sets where the request is, and where its reply goes; the caller parses the request and sets `limit`. */
  place(
    input: Uint8Array,
    inOffset: number,
    inLength: number,
    output: Uint8Array,
    outOffset: number,
  ): void {
    this.input = input
    this.inOffset = inOffset
    this.inLength = inLength
    this.output = output
    this.outOffset = outOffset
  }

  /** Sets who asks; see `client`. */
  setClient(client: Uint8Array, at: number): void {
    this.client = client
    this.clientAt = at
  }

  /** Writes the header (QR, opcode, `flags`, the flags that a reply repeats) and the unchanged question. */
  begin(flags: number): void {
    const { input, request, ownOptions } = this
    this.#begin(flags)
    if (ownOptions !== undefined) this.#setOptions(ownOptions, 0, ownOptions.length, ALL_OPTIONS)
    else this.#setOptions(input, request.optionsStart, request.optionsEnd, ECHOED_OPTIONS)
  }

  /**
   * As `begin`, for the reply of an upstream: OPT gets the options at `[from, to)` of `bytes` instead of the client's,
   * without those that concern one connection only. Malformed options are left out.
   */
  beginWithOptions(flags: number, bytes: Uint8Array, from: number, to: number): void {
    this.#begin(flags)
    this.#setOptions(
      bytes,
      from,
      wellFormedOptions(bytes, from, to) ? to : from,
      END_TO_END_OPTIONS,
    )
  }

  #begin(flags: number): void {
    const { request, output, outOffset } = this
    // miekg/dns SetReply copies RD and CD for opcode QUERY only.
    const kept = request.opcode === OPCODE_QUERY ? request.flags & (FLAG_RD | FLAG_CD) : 0
    this.#header(FLAG_QR | (request.opcode << 11) | kept | flags)
    this.#question()
    this.at = outOffset + HEADER_SIZE + request.nameLength + 4
    output[outOffset + 5] = 1
  }

  #question(): void {
    const length = HEADER_SIZE + this.request.nameLength + 4
    const { input, inOffset, output, outOffset } = this
    for (let i = HEADER_SIZE; i < length; i++) output[outOffset + i] = input[inOffset + i]!
  }

  #header(flags: number): void {
    const { output, outOffset } = this
    setU16(output, outOffset, this.request.id)
    setU16(output, outOffset + 2, flags)
    for (let i = 4; i < HEADER_SIZE; i++) output[outOffset + i] = 0
  }

  /**
   * Rejects a request: a header with `rcode` and, if it was parsed, the question. Keeps the flags that miekg/dns
   * keeps (server.go, MsgReject). Returns the reply's length in bytes.
   */
  reject(opcode: number, rcode: number, withQuestion: boolean): number {
    const kept = this.request.flags & (FLAG_TC | FLAG_RD | FLAG_RA | FLAG_AD | FLAG_CD)
    this.#header(FLAG_QR | (opcode << 11) | kept | rcode)
    if (!withQuestion) return HEADER_SIZE
    this.#question()
    this.output[this.outOffset + 5] = 1
    return HEADER_SIZE + this.request.nameLength + 4
  }

  /** Writes a reply with `rcode`, the question and OPT only. Returns its length in bytes. */
  bare(rcode: number): number {
    this.begin(rcode)
    return this.finish()
  }

  /**
   * As `bare`, with an Extended DNS Error as the only option of OPT. Returns the reply's length in bytes.
   */
  bareError(rcode: number, infoCode: number): number {
    this.beginWithOptions(rcode, NOTHING, 0, 0)
    return this.finishWithError(infoCode)
  }

  /** Writes a 12-byte header with `rcode`, for a request without a question. Returns its length in bytes. */
  headerOnly(rcode: number): number {
    const kept = this.request.flags & (FLAG_RD | FLAG_CD)
    this.#header(FLAG_QR | kept | rcode)
    return HEADER_SIZE
  }

  /** Writes BADVERS (RFC 6891 section 6.1.3) with an empty OPT, as CoreDNS does. Returns its length in bytes. */
  badVersion(): number {
    this.begin(0)
    writeOpt(this.output, this.at, 0, 1, 0)
    this.at += OPT_SIZE
    this.count('additionals', 1)
    return this.at - this.outOffset
  }

  /** Bytes that are left for records; OPT is subtracted. */
  get room(): number {
    return this.limit - (this.at - this.outOffset) - this.#optLength
  }

  /** Adds `more` to the record count of a section. */
  count(section: keyof typeof COUNTS, more: number): void {
    const at = this.outOffset + COUNTS[section]
    setU16(this.output, at, u16(this.output, at) + more)
  }

  /** Sets TC. */
  setTruncated(): void {
    this.output[this.outOffset + 2] = this.output[this.outOffset + 2]! | (FLAG_TC >>> 8)
  }

  /**
   * Adds OPT if the request has one; returns the reply's length in bytes. `extendedRcode` is the upper part of the rcode
   * (RFC 6891 section 6.1.3).
   */
  finish(extendedRcode = 0): number {
    if (this.#optLength > 0) {
      // CoreDNS request.go SizeAndDo: copy the client's size, DO and the upper Z bits.
      const { optSize, optFlags } = this.request
      writeOpt(this.output, this.at, optSize, extendedRcode, optFlags & 0xff00)
      setU16(this.output, this.at + 9, this.#optLength - OPT_SIZE)
      this.at += OPT_SIZE
      if (this.#optLength > OPT_SIZE) {
        this.at = copyOptions(
          this.#options,
          this.#optionsStart,
          this.#optionsEnd,
          this.#optionsMask,
          this.output,
          this.at,
        )
      }
      this.count('additionals', 1)
    }
    return this.at - this.outOffset
  }

  /** As `finish`, with an Extended DNS Error (RFC 8914) in OPT if the request has OPT and the reply has room for it. */
  finishWithError(infoCode: number): number {
    const fits = this.#optLength > 0 && this.room >= EXTENDED_ERROR_SIZE
    const length = this.finish()
    if (!fits) return length
    const { output, at } = this
    writeExtendedError(output, at, infoCode)
    const dataAt = at - this.#optLength + OPT_SIZE
    setU16(output, dataAt - 2, at - dataAt + EXTENDED_ERROR_SIZE)
    this.at += EXTENDED_ERROR_SIZE
    return length + EXTENDED_ERROR_SIZE
  }

  /** Sets the options of OPT, and its length; options are omitted when a SOA would not fit beside them. */
  #setOptions(bytes: Uint8Array, start: number, end: number, mask: number): void {
    this.#optLength = 0
    if (!this.request.hasOpt) return
    this.#options = bytes
    this.#optionsStart = start
    this.#optionsEnd = end
    this.#optionsMask = mask
    const length = OPT_SIZE + optionsSize(bytes, start, end, mask)
    const head = HEADER_SIZE + this.request.nameLength + 4
    this.#optLength = head + SOA_ROOM + length <= this.limit ? length : OPT_SIZE
  }
}

/** Writes an OPT record without options, of OPT_SIZE bytes; `extendedRcode` is the upper part of the rcode. */
export function writeOpt(
  output: Uint8Array,
  at: number,
  size: number,
  extendedRcode: number,
  flags: number,
): void {
  output[at] = 0
  setU16(output, at + 1, TYPE_OPT)
  setU16(output, at + 3, size)
  output[at + 5] = extendedRcode
  output[at + 6] = 0
  setU16(output, at + 7, flags)
  setU16(output, at + 9, 0)
}

/** Bytes of a SOA with compressed names, which a negative answer needs besides question and OPT. */
const SOA_ROOM = 56
