// How an API server writes lists and watches: JSON, one event a line; or protobuf, each event with its length
// in front. Which one it is the response says.
import { ApiError } from './api-error.ts'
import { asFields } from './fields.ts'
import { LineSplitter } from './line-splitter.ts'
import { decodeObject, decodeWatchEvent, type MessageDecoder } from './protobuf.ts'

export interface WatchEvent {
  readonly type: string
  readonly object: unknown
}

/** Takes the bytes of a watch as they come, split anywhere. */
export interface EventReader {
  /** The events that end in this chunk. Throws ApiError `protocol` at one that cannot be read. */
  push(chunk: Buffer): Iterable<WatchEvent>
}

export interface WireFormat {
  events(): EventReader
  /** One object or list. */
  decode(body: Buffer): unknown
}

/** By kind; undefined where protobuf is never asked for. */
export type Decoders = Readonly<Record<string, MessageDecoder>> | undefined

export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf'

/** The format that a response's content type names. */
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
/** More than any object can have: etcd refuses objects of 1.5 MB. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024

/** Cuts a stream into frames, each with its length in front as four bytes, the highest first. */
class FrameSplitter {
  #parts: Buffer[] = []
  #bytes = 0

  add(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#parts.push(chunk)
    this.#bytes += chunk.length
  }

  /** The next whole frame; undefined when more must come first. */
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
