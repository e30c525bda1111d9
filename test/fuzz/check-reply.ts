// What must hold for every reply to a request, whatever the request is.
import { decode } from 'dns-packet'
import { word } from './shape.ts'
import { Violation } from './target.ts'
import { type Strictness, Wire } from './wire.ts'

/** One reply in this number is also decoded by dns-packet. */
const SAMPLED = 64

/** The reply that was checked last. */
export const reply = new Wire()
const request = new Wire()
let count = 0

/**
 * Checks the `length` bytes at `at` of `bytes`, a reply to `query`, which has `queryLength` bytes: it has at most `most`
 * bytes, QR, and the id, opcode and question of the query; it is well-formed; it has OPT only if the query has. A query
 * that is itself a reply (QR) must get none.
 */
export function checkReply(
  query: Uint8Array,
  queryLength: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  most: number,
  how: Strictness,
): void {
  if (queryLength < 12) throw new Violation('a request without a header got a reply')
  if ((query[2]! & 0x80) !== 0) throw new Violation('a reply got a reply')
  if (length > most) throw new Violation(`the reply has ${length} bytes, more than ${most}`)
  const fault = reply.read(bytes, at, length, how)
  if (fault !== undefined) throw new Violation(`the reply ${fault}`)
  if (reply.id !== word(query, 0)) throw new Violation('the reply has another id')
  if ((reply.flags & 0x8000) === 0) throw new Violation('the reply does not have QR')
  if (reply.questions === 0) {
    if (length !== 12) throw new Violation('a reply without a question has records')
  } else {
    for (let i = 12; i < reply.questionEnd; i++) {
      if (bytes[at + i] !== query[i]) throw new Violation('the reply has another question')
    }
  }
  if (reply.optSize >= 0) {
    request.read(query, 0, queryLength, 'request')
    if (request.optSize < 0) throw new Violation('the reply has OPT, and the query has none')
  }
  if (++count % SAMPLED === 0 && how === 'own') decodes(bytes.slice(at, at + length))
}

/** Throws unless dns-packet decodes the message. */
export function decodes(message: Uint8Array): void {
  try {
    decode(Buffer.from(message))
  } catch (error) {
    throw new Violation(`dns-packet does not decode the reply: ${error}`)
  }
}
