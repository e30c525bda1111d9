// The two encodings of lists and watches: JSON with one event per line, and protobuf with the length before each event.
// The content type of the response selects the decoder.
import { ApiError } from './api-error.ts'
import { asFields } from './fields.ts'
import { FrameSplitter } from './frame-splitter.ts'
import { parseJson } from './json.ts'
import { LineSplitter } from './line-splitter.ts'
import { PROTOBUF_TYPE } from './media-types.ts'
import { decodeObject, decodeWatchEvent, type MessageDecoder } from './protobuf.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'

/** An event of a watch; its object is not validated. */
export interface WatchEvent {
  readonly type: string
  readonly object: unknown
}

/** Decodes the bytes of a watch, which may be split anywhere. */
interface EventReader {
  /** The events that end in this chunk. Throws ApiError "protocol" or "too_large" at one that cannot be decoded. */
  push(chunk: Buffer): Iterable<WatchEvent>
}

/** A decoder of watches and of whole responses. */
interface WireFormat {
  /** `rest` holds the bytes of the event that is not complete yet. */
  events(rest: ReceiveBuffer): EventReader
  /** Decodes one object or list; throws ApiError "protocol" or "too_large". */
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
  events: (rest) => {
    const lines = new LineSplitter(rest)
    return {
      *push(chunk) {
        for (const line of lines.push(chunk)) yield parseEvent(line)
      },
    }
  },
  decode: (body) => parseJson(body),
}

function parseEvent(line: Buffer): WatchEvent {
  const { type, object } = asFields(parseJson(line, 'a line of the watch')) ?? {}
  if (typeof type === 'string') return { type, object }
  throw new ApiError('protocol', 'a line of the watch is not an event')
}

function protobuf(decoders: Readonly<Record<string, MessageDecoder>>): WireFormat {
  return {
    events: (rest) => {
      const frames = new FrameSplitter(rest)
      return {
        *push(chunk) {
          for (const frame of frames.push(chunk)) yield decodeWatchEvent(frame, decoders)
        },
      }
    },
    decode: (body) => decodeObject(body, decoders),
  }
}
