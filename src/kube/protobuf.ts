// Reads the Kubernetes protobuf encoding as far as it is needed here (protobuf.dev/programming-guides/encoding; API
// concepts, "Protobuf encoding idiosyncrasies"). Decoding a built-in kind costs a third of its JSON, and unused fields
// (above all managedFields) are skipped without decoding.
import { ApiError } from './api-error.ts'
import { type Fields, show } from './fields.ts'

/** "k8s" and a zero byte, the prefix of every object. */
const MAGIC = 0x6b387300

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/** An empty message is two bytes, and about 250 in memory. */
const MAX_MESSAGES = 300_000

/**
 * Reads one message field by field. Throws ApiError "protocol" when it is truncated or malformed, "too_large" when it has
 * too many messages inside.
 */
export class MessageReader {
  readonly #bytes: Buffer
  #end: number
  /** How many more messages the outermost one may have. */
  readonly #budget: { messages: number }
  #at: number
  #wire = VARINT

  constructor(bytes: Buffer, start = 0, end = bytes.length, budget = { messages: MAX_MESSAGES }) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#budget = budget
  }

  /** The number of the next field, 0 at the end. The caller must then read or skip its value. */
  next(): number {
    if (this.#at >= this.#end) return 0
    const tag = this.varint()
    this.#wire = tag & 7
    return tag >>> 3
  }

  /** A number up to 2^53; larger ones lose their low bits. */
  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      if (this.#at >= this.#end || factor > 2 ** 63) throw malformed()
      const byte = this.#bytes[this.#at++]!
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }

  text(): string {
    const start = this.#length()
    return this.#bytes.toString('utf8', start, this.#at)
  }

  bytes(): Buffer {
    const start = this.#length()
    return this.#bytes.subarray(start, this.#at)
  }

  message(): MessageReader {
    const start = this.#length()
    this.#count()
    return new MessageReader(this.#bytes, start, this.#at, this.#budget)
  }

  /** Decodes the message here with this reader: thousands of small messages need no reader each. */
  nested<T>(decode: (message: MessageReader) => T): T {
    const start = this.#length()
    this.#count()
    const next = this.#at
    const end = this.#end
    this.#at = start
    this.#end = next
    const value = decode(this)
    this.#at = next
    this.#end = end
    return value
  }

  skip(): void {
    switch (this.#wire) {
      case VARINT:
        this.varint()
        break
      case FIXED64:
        this.#step(8)
        break
      case LENGTH_DELIMITED:
        this.#length()
        break
      case FIXED32:
        this.#step(4)
        break
      default:
        throw malformed()
    }
  }

  #count(): void {
    if (--this.#budget.messages >= 0) return
    throw new ApiError('too_large', `it has more than ${MAX_MESSAGES} values`)
  }

  /** Steps over a length and its bytes; returns where they start. */
  #length(): number {
    if (this.#wire !== LENGTH_DELIMITED) throw malformed()
    const length = this.varint()
    const start = this.#at
    this.#step(length)
    return start
  }

  #step(bytes: number): void {
    this.#at += bytes
    if (this.#at > this.#end) throw malformed()
  }
}

function malformed(): ApiError {
  return new ApiError('protocol', 'a protobuf message is truncated or malformed')
}

/** Decodes a message into the fields of its JSON form; unused fields are left out. */
export type MessageDecoder = (message: MessageReader) => Fields

/** Decodes a runtime.Unknown by the decoder of its kind; throws ApiError "protocol". */
export function decodeObject(
  bytes: Buffer,
  decoders: Readonly<Record<string, MessageDecoder>>,
): Fields {
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== MAGIC) {
    throw new ApiError('protocol', 'a protobuf object does not start with the prefix "k8s"')
  }
  return decodeUnknown(new MessageReader(bytes, 4), decoders)
}

function decodeUnknown(
  unknown: MessageReader,
  decoders: Readonly<Record<string, MessageDecoder>>,
): Fields {
  let kind = ''
  let raw: MessageReader | undefined
  for (let field = unknown.next(); field !== 0; field = unknown.next()) {
    if (field === 1) kind = decodeKind(unknown.message())
    else if (field === 2) raw = unknown.message()
    else unknown.skip()
  }
  const decoder = Object.hasOwn(decoders, kind) ? decoders[kind] : undefined
  if (decoder === undefined || raw === undefined) {
    throw new ApiError('protocol', `a protobuf object has the unexpected kind ${show(kind)}`)
  }
  return decoder(raw)
}

function decodeKind(typeMeta: MessageReader): string {
  let kind = ''
  for (let field = typeMeta.next(); field !== 0; field = typeMeta.next()) {
    if (field === 2) kind = typeMeta.text()
    else typeMeta.skip()
  }
  return kind
}

/** Decodes a meta.v1.WatchEvent; throws ApiError "protocol". */
export function decodeWatchEvent(
  bytes: Buffer,
  decoders: Readonly<Record<string, MessageDecoder>>,
): { type: string; object: Fields } {
  const event = new MessageReader(bytes)
  let type = ''
  let object: Fields | undefined
  for (let field = event.next(); field !== 0; field = event.next()) {
    if (field === 1) type = event.text()
    else if (field === 2) object = decodeRawExtension(event.message(), decoders)
    else event.skip()
  }
  if (object === undefined) throw new ApiError('protocol', 'a protobuf watch event has no object')
  return { type, object }
}

function decodeRawExtension(
  extension: MessageReader,
  decoders: Readonly<Record<string, MessageDecoder>>,
): Fields | undefined {
  let object: Fields | undefined
  for (let field = extension.next(); field !== 0; field = extension.next()) {
    if (field === 1) object = decodeObject(extension.bytes(), decoders)
    else extension.skip()
  }
  return object
}

/** Decodes the fields of a meta.v1.Status that an ERROR event needs. */
export function decodeStatus(status: MessageReader): Fields {
  let message = ''
  let code = 0
  for (let field = status.next(); field !== 0; field = status.next()) {
    if (field === 3) message = status.text()
    else if (field === 6) code = status.varint()
    else status.skip()
  }
  return { kind: 'Status', message, code }
}
