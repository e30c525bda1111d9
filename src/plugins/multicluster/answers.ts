// The records of one name of a Service: A, AAAA and SRV (KEP-1645 specification.md section 2.4, RFC 2782).
import { hasAt } from '../../dns/bytes.ts'
import { HEADER_SIZE, MESSAGE_MAX_SIZE, TYPE_A, TYPE_AAAA, TYPE_SRV } from '../../dns/codes.ts'
import { concat } from '../../dns/name.ts'
import type { CompiledAnswer } from '../../zone/compiled.ts'
import {
  A_RR_SIZE,
  AAAA_RR_SIZE,
  type Name,
  pointerTo,
  QNAME_OFFSET,
  RecordWriter,
} from '../../zone/rr.ts'
import type { Backends, Target } from './backends.ts'

/** The most records of a type: the RR count of a message has 16 bits. */
const MAX_RECORDS = 0xffff

/** The buffer of all records; empty between two calls. */
const records = new RecordWriter()

/** Counts the SRV answers: a target or an address with this number is in the one that is built. */
let answerNumber = 0
/** The ports that targets of several groups have in the answer that is built. */
const sharedPorts = new Map<Target, Set<number>>()
/** The addresses that the answer that is built has already. Kept: a large Service has thousands of small answers. */
const seenKeys = new Set<string>()

/**
 * The A and AAAA records of a list of addresses, each address once. They do not depend on the name, so names with the
 * same addresses can share them. `ttl` is in seconds.
 */
export function addressAnswers(list: readonly Backends[], ttl: number): CompiledAnswer[] {
  const answers: CompiledAnswer[] = []
  const a = addressAnswer(TYPE_A, A_RR_SIZE, 4, list, ttl)
  if (a !== undefined) answers.push(a)
  const aaaa = addressAnswer(TYPE_AAAA, AAAA_RR_SIZE, 16, list, ttl)
  if (aaaa !== undefined) answers.push(aaaa)
  return answers
}

function addressAnswer(
  type: number,
  rrSize: number,
  size: number,
  list: readonly Backends[],
  ttl: number,
): CompiledAnswer | undefined {
  let answers = 0
  const single = isSingle(list)
  clear(seenKeys)
  for (const { addresses } of list) {
    for (let i = 0; i < addresses.length; i++) {
      const { bytes, key } = addresses[i]!
      if (bytes.length !== size || answers === MAX_RECORDS || seenKeys.has(key)) continue
      if (!single) seenKeys.add(key)
      answers++
      records.address(QNAME_OFFSET, ttl, bytes)
    }
  }
  if (answers === 0) return undefined
  return { type, bytes: records.take(), answers, additionals: 0, rrSize }
}

/**
 * One SRV record for each target and port, and an address record for each target and address (RFC 2782). As in CoreDNS
 * (backend_lookup.go SRV), the weight counts all pairs of address and port, including duplicates. Ends with the first
 * record that exceeds the largest message. That record is kept, so that the answerer detects that the set does not fit,
 * and sets TC.
 */
export function srvAnswer(
  name: Uint8Array,
  list: readonly Backends[],
  zone: Uint8Array,
  ttl: number,
): CompiledAnswer | undefined {
  let pairs = 0
  for (const backends of list) pairs += backends.addresses.length * backends.pairs
  // The same computation as in Go, so that the rounding is the same.
  const weight = Math.max(1, Math.floor((100 / (100 * pairs)) * 100))
  const start = HEADER_SIZE + name.length + zone.length + 4
  const isFull = () => start + records.length > MESSAGE_MAX_SIZE

  answerNumber++
  clear(sharedPorts)
  let answers = 0
  for (const backends of list) {
    const { addresses } = backends
    // Indexes, because an iterator makes an object for each of up to a million records until V8 has optimised the loop.
    for (let i = 0; i < addresses.length && !isFull(); i++) {
      const { target } = addresses[i]!
      const numbers = newPorts(target, backends)
      for (let k = 0; k < numbers.length && !isFull(); k++) {
        answers++
        records.srv(ttl, weight, numbers[k]!, target.name, zone)
        if (isFull() || target.owner !== undefined) continue
        const rdataOffset = start + records.length - target.name.length - zone.length
        target.owner = ownerOf(name, target, zone, rdataOffset)
      }
    }
  }
  if (answers === 0) return undefined

  let additionals = 0
  for (const { addresses, numbers } of list) {
    if (numbers.length === 0) continue
    for (let i = 0; i < addresses.length && !isFull(); i++) {
      const address = addresses[i]!
      const { answer, owner } = address.target
      if (answer !== answerNumber || owner === undefined) continue
      if (address.answer === answerNumber) continue
      address.answer = answerNumber
      additionals++
      records.address(owner, ttl, address.bytes)
    }
  }
  return { type: TYPE_SRV, bytes: records.take(), answers, additionals, rrSize: 0 }
}

/** The ports of `backends` that the target does not have yet in the answer that is built; notes that it has them. */
function newPorts(target: Target, backends: Backends): readonly number[] {
  const { from } = target
  target.from = backends
  if (target.answer !== answerNumber) {
    target.answer = answerNumber
    target.owner = undefined
    return backends.numbers
  }
  if (from === backends) return []
  const known = sharedPorts.get(target) ?? new Set(from?.numbers)
  sharedPorts.set(target, known)
  const added = backends.numbers.filter((number) => !known.has(number))
  for (const number of added) known.add(number)
  return added
}

/** True for one address: it needs no list of what was seen. Most names of a large Service are such. */
function isSingle(list: readonly Backends[]): boolean {
  return list.length === 1 && list[0]!.addresses.length === 1
}

/** Clearing an empty collection costs as much as a new one. */
function clear(collection: { readonly size: number; clear(): void }): void {
  if (collection.size > 0) collection.clear()
}

/** The target in the message: in the question if that ends with it, else in the RDATA of its SRV if a pointer reaches it. */
function ownerOf(name: Uint8Array, target: Target, zone: Uint8Array, rdataOffset: number): Name {
  const offset = name.length - target.name.length
  const isInQuestion = offset >= 0 && hasAt(name, target.name, offset)
  const pointer = pointerTo(isInQuestion ? HEADER_SIZE + offset : rdataOffset)
  if (pointer !== undefined) return pointer
  target.wireName ??= concat(target.name, zone)
  return target.wireName
}
