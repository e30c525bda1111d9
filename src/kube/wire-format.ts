// The two encodings of lists and watches: JSON with one event per line, and protobuf with the length before each event.
// The content type of the response selects the decoder.
import { ApiError } from './api-error.ts'
import { asFields } from './fields.ts'
import { LineSplitter } from './line-splitter.ts'
import { PROTOBUF_TYPE } from './media-types.ts'
import { decodeObject, decodeWatchEvent, type MessageDecoder } from './protobuf.ts'

/** An event of a watch; its object is not validated. */
export interface WatchEvent {
  readonly type: string
  readonly object: unknown
}

/** Decodes the bytes of a watch, which may be split anywhere. */
interface EventReader {
  /** The events that end in this chunk. Throws ApiError "protocol" at one that cannot be decoded. */
  push(chunk: Buffer): Iterable<WatchEvent>
}

/** A decoder of watches and of whole responses. */
interface WireFormat {
  events(): EventReader
  /** Decodes one object or list; throws ApiError "protocol". */
  decode(body: Buffer): unknown
}

/** Decoders by kind; undefined where protobuf is never requested. */
export type Decoders = Readonly<Record<string, MessageDecoder>> | undefined

/** The decoder for the content type of a response. */
export function wireFormat(contentType: string, decoders: Decoders): WireFormat {
  const isProtobuf = contentType.startsWith(PROTOBUF_TYPE) && decoders !== undefined
  return isProtobuf ? protobuf(decoders) : json
}

const json: WireFormat = {
  events: () => {
    const lines = new LineSplitter()
    return {
      *push(chunk) {
        for (const line of lines.push(chunk)) yield parseEvent(line)
      },
    }
  },
  decode: (body) => {
    try {
      return JSON.parse(body.toString('utf8'))
    } catch (cause) {
      throw new ApiError('protocol', 'it is not JSON', { cause })
    }
  },
}

function parseEvent(line: string): WatchEvent {
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch (cause) {
    throw new ApiError('protocol', 'a line of the watch is not JSON', { cause })
  }
  const { type, object } = asFields(event) ?? {}
  if (typeof type === 'string') return { type, object }
  throw new ApiError('protocol', 'a line of the watch is not an event')
}

function protobuf(decoders: Readonly<Record<string, MessageDecoder>>): WireFormat {
  return {
    events: () => {
      const frames = new FrameSplitter()
      return {
        *push(chunk) {
          frames.add(chunk)
          for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
            yield decodeWatchEvent(frame, decoders)
          }
        },
      }
    },
    decode: (body) => decodeObject(body, decoders),
  }
}

const LENGTH_BYTES = 4
/** Longer than any object: etcd rejects objects over 1.5 MB. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024

/** Splits a stream into frames; four bytes before each frame are its length (big-endian). */
class FrameSplitter {
  #parts: Buffer[] = []
  #bytes = 0

  add(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#parts.push(chunk)
    this.#bytes += chunk.length
  }

  /** The next complete frame; undefined when more bytes are needed. */
  next(): Buffer | undefined {
    if (this.#bytes < LENGTH_BYTES) return undefined
    if (this.#parts[0]!.length < LENGTH_BYTES) this.#join()
    const length = this.#parts[0]!.readUInt32BE(0)
    if (length > MAX_FRAME_BYTES) throw new ApiError('protocol', 'a frame of the watch is too long')
    const end = LENGTH_BYTES + length
    if (this.#bytes < end) return undefined
    if (this.#parts[0]!.length < end) this.#join()
    const first = this.#parts[0]!
    const frame = first.subarray(LENGTH_BYTES, end)
    this.#bytes -= end
    if (first.length === end) this.#parts.shift()
    else this.#parts[0] = first.subarray(end)
    return frame
  }

  #join(): void {
    this.#parts = [Buffer.concat(this.#parts)]
  }
}
