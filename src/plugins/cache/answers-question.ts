// Tells whether an upstream's reply answers its question: has records of the asked type at the end of the chain of CNAMEs
// (coredns plugin/cache answersQuestion; RFC 1034 section 3.6.2, RFC 2308 section 2.2).
import { u16 } from '../../dns/bytes.ts'
import { HEADER_SIZE, NAME_MAX_SIZE, TYPE_ANY, TYPE_CNAME } from '../../dns/codes.ts'
import { sameName } from '../../dns/name.ts'
import { NameReader } from '../../dns/name-reader.ts'
import { type ReplyWalk, TTL_TO_RDATA, TTL_TO_RDLENGTH, TTL_TO_TYPE } from '../../dns/reply-walk.ts'
import type { Request } from '../../dns/request.ts'

/** The most CNAMEs of a chain. Resolvers follow 8 to 16; a longer chain counts as one that has no end. */
const CHAIN_MAX = 32
/** The most records that following a chain reads: a reply of 64 KiB may have thousands of CNAMEs. */
const VISITS_MAX = 16_384
/** The owner of most records: a pointer to the question. */
const QUESTION_POINTER = 0xc000 | HEADER_SIZE

const wanted = new Uint8Array(NAME_MAX_SIZE)
const target = new Uint8Array(NAME_MAX_SIZE)
const reader = new NameReader()

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
    if (!reader.read(bytes, start, walk.ttlAt[i]! + TTL_TO_RDATA, walk.end)) return -1
    if (found > 0 && !isRead(target, found)) return -1
    target.set(reader.bytes)
    found = reader.size
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
  return reader.read(bytes, start, owner, end) && isRead(wanted, length)
}

/** True if the `length` bytes of `name` are the name in `reader`, in any case. */
function isRead(name: Uint8Array, length: number): boolean {
  return reader.size === length && sameName(reader.bytes, 0, name, 0, length)
}
