// Requests and replies for tests of the store.

import { ReplyWalk, walkReply } from '../../../../src/dns/reply-walk.ts'
import { Request } from '../../../../src/dns/request.ts'
import type { NewReply } from '../../../../src/plugins/cache/store/entry.ts'
import { CacheKey } from '../../../../src/plugins/cache/store/key.ts'
import {
  COUNT,
  HEAD,
  LAP_END,
  LIVE_UNITS,
  type StoreHandle,
  storeMemory,
  TAIL,
} from '../../../../src/plugins/cache/store/layout.ts'
import type { StoreReader } from '../../../../src/plugins/cache/store/reader.ts'
import { encodeQuery, type QuerySpec } from '../../../support/dns-encode.ts'

/** The parsed request of a query. */
export function requestOf(spec: QuerySpec): Request {
  const wire = encodeQuery(spec)
  const request = new Request()
  request.parse(wire, 0, wire.length)
  return request
}

/** The key of a query. */
export function keyOf(handle: StoreHandle, spec: QuerySpec): CacheKey {
  const key = new CacheKey(handle.key)
  key.set(requestOf(spec))
  return key
}

/** A reply with an A record for each of `addresses`. */
export function replyWith(
  spec: QuerySpec,
  addresses: readonly Uint8Array[],
  more: Partial<NewReply> = {},
): NewReply {
  const question = encodeQuery({ ...spec, id: 1, edns: undefined })
  const records = addresses.map((address) => [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address])
  const bytes = Uint8Array.from([...question, ...records.flat()])
  bytes[6] = records.length >>> 8
  bytes[7] = records.length & 0xff
  const walk = new ReplyWalk()
  if (!walkReply(bytes, 0, bytes.length, walk)) throw new Error('malformed reply')
  return { bytes, start: 0, records: walk, flags: 0, answering: true, ttl: 60, ...more }
}

/** The addresses of the entry that `reader` found. */
export function addressesOf(reader: StoreReader): readonly string[] {
  const { bytes, start, ttlAt, answers } = reader
  return Array.from({ length: answers }, (_, i) => {
    const at = start + ttlAt[i]! + 6
    return bytes.slice(at, at + 4).join('.')
  })
}

/** Throws unless slots, ring and counts of the store agree. */
export function checkStore(handle: StoreHandle): void {
  const { control, slots, words } = storeMemory(handle)
  let live = 0
  let count = 0
  const seen = new Set<number>()
  const visit = (from: number, to: number): void => {
    let unit = from
    while (unit < to) {
      const [units = 0, slot = 0, id] = words.subarray(2 * unit)
      if (units <= 0) throw new Error(`an entry of ${units} units at ${unit}`)
      if (slots[2 * slot] === id) {
        if (slots[2 * slot + 1] !== unit) throw new Error(`slot ${slot} names another place`)
        live += units
        count++
        seen.add(slot)
      }
      unit += units
    }
    if (unit !== to) throw new Error(`entries end at ${unit}, not at ${to}`)
  }
  const lapEnd = control[LAP_END]!
  if (lapEnd === 0) visit(control[TAIL]!, control[HEAD]!)
  else {
    visit(control[TAIL]!, lapEnd)
    visit(0, control[HEAD]!)
  }
  for (let slot = 0; slot < slots.length / 2; slot++) {
    if (slots[2 * slot] !== 0 && !seen.has(slot)) throw new Error(`slot ${slot} names no entry`)
  }
  const counted = { count: control[COUNT], live: control[LIVE_UNITS] }
  if (counted.count !== count || counted.live !== live) {
    throw new Error(`${JSON.stringify(counted)} in control, ${count} and ${live} in the ring`)
  }
}
