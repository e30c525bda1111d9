// Tells whether an upstream's reply answers its question: has records of the asked type at the end of the chain of CNAMEs
// (coredns plugin/cache answersQuestion; RFC 1034 section 3.6.2, RFC 2308 section 2.2).
import { u16 } from '../../dns/bytes.ts'
import { HEADER_SIZE, NAME_MAX_SIZE, TYPE_ANY, TYPE_CNAME } from '../../dns/codes.ts'
import { lowerCase } from '../../dns/name.ts'
import { type ReplyWalk, TTL_TO_RDATA, TTL_TO_RDLENGTH, TTL_TO_TYPE } from '../../dns/reply-walk.ts'
import type { Request } from '../../dns/request.ts'

/** The most CNAMEs of a chain. Resolvers follow 8 to 16; a longer chain counts as one that has no end. */
const CHAIN_MAX = 32
/** The most records that following a chain reads: a reply of 64 KiB may have thousands of CNAMEs. */
const VISITS_MAX = 16_384
/** The owner of most records: a pointer to the question. */
const QUESTION_POINTER = 0xc000 | HEADER_SIZE

const wanted = new Uint8Array(NAME_MAX_SIZE)
const other = new Uint8Array(NAME_MAX_SIZE)
const target = new Uint8Array(NAME_MAX_SIZE)

/**
 * True if the answer section of the well-formed reply at `start` answers `request`. False for a chain of CNAMEs that does
 * not end at records of the type, has two targets at one name, or loops.
 */
export function answersQuestion(
  bytes: Uint8Array,
  start: number,
  walk: ReplyWalk,
  request: Request,
): boolean {
  if (walk.rcode !== 0 || walk.answers === 0) return false
  if (request.type === TYPE_ANY) {
    for (let i = 0; i < request.nameLength; i++) wanted[i] = request.name[i]!
    return hasRecord(bytes, start, walk, 0, request.nameLength, request.class)
  }
  return isPlain(bytes, start, walk, request) || isChain(bytes, start, walk, request)
}

/** True in the usual case: all records have the asked type, and the first one the asked name. */
function isPlain(
  bytes: Uint8Array,
  start: number,
  { questionEnd, answers, ttlAt }: ReplyWalk,
  { type, class: cls }: Request,
): boolean {
  if (type === TYPE_CNAME || u16(bytes, start + questionEnd) !== QUESTION_POINTER) return false
  if (u16(bytes, start + ttlAt[0]! + TTL_TO_TYPE + 2) !== cls) return false
  for (let i = 0; i < answers; i++) {
    if (u16(bytes, start + ttlAt[i]! + TTL_TO_TYPE) !== type) return false
  }
  return true
}

function isChain(bytes: Uint8Array, start: number, walk: ReplyWalk, request: Request): boolean {
  const { type, class: cls } = request
  let length = request.nameLength
  for (let i = 0; i < length; i++) wanted[i] = request.name[i]!
  const most = Math.min(CHAIN_MAX, Math.trunc(VISITS_MAX / walk.answers))
  for (let i = 0; i < most; i++) {
    const next = uniqueTarget(bytes, start, walk, length, cls)
    if (type === TYPE_CNAME) return next > 0
    if (next < 0) return false
    if (next === 0) return hasRecord(bytes, start, walk, type, length, cls)
    wanted.set(target)
    length = next
  }
  return false
}

/**
 * Reads the target of the CNAME of the `length` bytes in `wanted` to `target`; returns its length, 0 if there is no CNAME,
 * -1 if there are different ones or one is malformed.
 */
function uniqueTarget(
  bytes: Uint8Array,
  start: number,
  walk: ReplyWalk,
  length: number,
  cls: number,
): number {
  let found = 0
  for (let i = 0; i < walk.answers; i++) {
    if (!isOf(bytes, start, walk, i, TYPE_CNAME, length, cls)) continue
    const size = expandName(bytes, start, walk.ttlAt[i]! + TTL_TO_RDATA, walk.end, other)
    if (size < 0 || (found > 0 && !same(other, size, target, found))) return -1
    target.set(other)
    found = size
  }
  return found
}

/** True if an answer has the name in `wanted`; `type` 0 = any. */
function hasRecord(
  bytes: Uint8Array,
  start: number,
  walk: ReplyWalk,
  type: number,
  length: number,
  cls: number,
): boolean {
  for (let i = 0; i < walk.answers; i++) {
    if (isOf(bytes, start, walk, i, type, length, cls)) return true
  }
  return false
}

function isOf(
  bytes: Uint8Array,
  start: number,
  { questionEnd, end, ttlAt }: ReplyWalk,
  i: number,
  type: number,
  length: number,
  cls: number,
): boolean {
  const ttl = start + ttlAt[i]!
  if (type !== 0 && u16(bytes, ttl + TTL_TO_TYPE) !== type) return false
  if (u16(bytes, ttl + TTL_TO_TYPE + 2) !== cls) return false
  const before = i === 0 ? 0 : ttlAt[i - 1]!
  const owner =
    i === 0 ? questionEnd : before + TTL_TO_RDATA + u16(bytes, start + before + TTL_TO_RDLENGTH)
  return same(other, expandName(bytes, start, owner, end, other), wanted, length)
}

function same(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): boolean {
  if (aLength !== bLength) return false
  for (let i = 0; i < aLength; i++) if (a[i] !== b[i]) return false
  return true
}

/**
 * Writes the name at `at`, counted from `start`, to `to` without compression and in lower case; returns its length, -1 if
 * it is malformed. Pointers must lead back, so they cannot loop.
 */
function expandName(
  bytes: Uint8Array,
  start: number,
  from: number,
  end: number,
  to: Uint8Array,
): number {
  let at = from
  let lowest = from
  let size = 0
  while (at < end) {
    const label = bytes[start + at]!
    if (label >= 0xc0) {
      const next = ((label & 0x3f) << 8) | bytes[start + at + 1]!
      if (next >= lowest || next < HEADER_SIZE) return -1
      at = next
      lowest = next
      continue
    }
    if (label > 63 || size + label + 1 > NAME_MAX_SIZE || at + label >= end) return -1
    to[size++] = label
    if (label === 0) return size
    for (let i = 1; i <= label; i++) to[size++] = lowerCase[bytes[start + at + i]!]!
    at += label + 1
  }
  return -1
}
