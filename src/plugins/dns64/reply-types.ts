// The types of the records of a reply in wire form.
import { u16 } from '../../dns/bytes.ts'
import { type ReplyWalk, TTL_TO_TYPE } from '../../dns/reply-walk.ts'

/** True if an answer of the walked message at `start` has the type. Does not allocate. */
export function hasType(walk: ReplyWalk, bytes: Uint8Array, start: number, type: number): boolean {
  for (let i = 0; i < walk.answers; i++) {
    if (u16(bytes, start + walk.ttlAt[i]! + TTL_TO_TYPE) === type) return true
  }
  return false
}
