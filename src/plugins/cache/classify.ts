// Which replies of upstreams are cached, and in which store (coredns plugin/cache key, plugin/pkg/response Typify). The
// first line that fits:
//
//   rcode             answers           other records   kind
//   any, with a zone transfer, an extended rcode or an expired signature: OTHER
//   SERVFAIL, NOTIMP  any               any             FAILURE
//   NXDOMAIN          some              any             OTHER
//   NXDOMAIN          none              SOA             DENIAL
//   NXDOMAIN          none              no SOA          DENIAL, not cached
//   not NOERROR       any               any             OTHER
//   NOERROR           to the question   any             SUCCESS
//   NOERROR           others, or none   SOA             DENIAL
//   NOERROR           others            no SOA          SUCCESS, not cached
//   NOERROR           none              none, or NS     SHORT_SUCCESS
//   NOERROR           none              others          SUCCESS
//
// SOA and NS count in the authority section. Without SOA nobody knows for how long a denial holds (RFC 2308 section 5).
import { u16 } from '../../dns/bytes.ts'
import {
  FLAG_TC,
  NOERROR,
  NXDOMAIN,
  TYPE_AXFR,
  TYPE_IXFR,
  TYPE_NS,
  TYPE_RRSIG,
  TYPE_SOA,
} from '../../dns/codes.ts'
import { type ReplyWalk, TTL_TO_RDATA, TTL_TO_RDLENGTH, TTL_TO_TYPE } from '../../dns/reply-walk.ts'
import type { Request } from '../../dns/request.ts'
import { answersQuestion } from './answers-question.ts'
import { isFailure } from './store/entry.ts'

// `Classified.kind`.
/** NOERROR with records that are worth their TTL: the store of successes. */
export const SUCCESS = 0
/** NOERROR with nothing but name servers, or without records: the store of successes, for a short time. */
export const SHORT_SUCCESS = 1
/** NXDOMAIN or NODATA: the store of denials. */
export const DENIAL = 2
/** SERVFAIL or NOTIMP: the store of denials. */
export const FAILURE = 3
/** Never cached. */
export const OTHER = 4

/** The class of a reply; a reusable object. */
export class Classified {
  kind = OTHER
  /** False if the reply is only passed on. */
  cacheable = false
  /** The answer section has records of the asked type at the end of its CNAMEs. */
  answering = false
}

// Offsets in the RDATA of RRSIG (RFC 4034 section 3.1).
const RRSIG_EXPIRATION = 8
const RRSIG_INCEPTION = 12
const RRSIG_MIN_SIZE = 18
/** The DO bit of OPT, from its start. */
const OPT_DO_BYTE = 7
const OPT_EXTENDED_RCODE = 5

/** Classifies the well-formed reply at `start` to `request`. `wallSeconds` are those since 1970. */
export function classify(
  bytes: Uint8Array,
  start: number,
  walk: ReplyWalk,
  request: Request,
  wallSeconds: number,
  to: Classified,
): void {
  const answering = answersQuestion(bytes, start, walk, request)
  const hasSoa = !answering && hasAuthority(bytes, start, walk, TYPE_SOA)
  const kind = isOther(bytes, start, walk, request, wallSeconds)
    ? OTHER
    : kindOf(bytes, start, walk, answering, hasSoa)
  const leadsNowhere = kind === SUCCESS && walk.answers > 0 && !answering
  const isUndated = (kind === DENIAL || leadsNowhere) && !hasSoa
  to.kind = kind
  to.answering = answering
  // OPT can be cut out at the end only.
  to.cacheable = kind !== OTHER && !isUndated && (walk.flags & FLAG_TC) === 0 && walk.optIsLast
}

/** True for a zone transfer, an extended rcode and an expired signature: the rest of the reply does not count. */
function isOther(
  bytes: Uint8Array,
  start: number,
  walk: ReplyWalk,
  { type }: Request,
  wallSeconds: number,
): boolean {
  if (type === TYPE_AXFR || type === TYPE_IXFR) return true
  if (walk.optEnd === 0) return false
  if (isExtended(bytes, start, walk)) return true
  const isDo = (bytes[start + walk.optStart + OPT_DO_BYTE]! & 0x80) !== 0
  return isDo && hasExpiredSignature(bytes, start, walk, wallSeconds)
}

/** True if OPT has bits of the rcode. */
export function isExtended(bytes: Uint8Array, start: number, walk: ReplyWalk): boolean {
  return walk.optEnd > 0 && bytes[start + walk.optStart + OPT_EXTENDED_RCODE] !== 0
}

/** The kind by rcode and sections. */
function kindOf(
  bytes: Uint8Array,
  start: number,
  walk: ReplyWalk,
  answering: boolean,
  hasSoa: boolean,
): number {
  const { rcode, answers, records } = walk
  if (isFailure(rcode)) return FAILURE
  if (rcode === NXDOMAIN) return answers > 0 ? OTHER : DENIAL
  if (rcode !== NOERROR) return OTHER
  if (answering) return SUCCESS
  if (hasSoa) return DENIAL
  if (answers > 0) return SUCCESS
  return records === 0 || hasAuthority(bytes, start, walk, TYPE_NS) ? SHORT_SUCCESS : SUCCESS
}

function hasAuthority(
  bytes: Uint8Array,
  start: number,
  { answers, authorities, ttlAt }: ReplyWalk,
  type: number,
): boolean {
  for (let i = answers; i < answers + authorities; i++) {
    if (u16(bytes, start + ttlAt[i]! + TTL_TO_TYPE) === type) return true
  }
  return false
}

/** True if the time is outside the validity of a signature, in the serial arithmetic of RFC 1982. */
function hasExpiredSignature(
  bytes: Uint8Array,
  start: number,
  { records, ttlAt }: ReplyWalk,
  wallSeconds: number,
): boolean {
  for (let i = 0; i < records; i++) {
    const at = start + ttlAt[i]!
    if (u16(bytes, at + TTL_TO_TYPE) !== TYPE_RRSIG) continue
    if (u16(bytes, at + TTL_TO_RDLENGTH) < RRSIG_MIN_SIZE) return true
    const data = at + TTL_TO_RDATA
    const left = (i32(bytes, data + RRSIG_EXPIRATION) - wallSeconds) | 0
    const age = (wallSeconds - i32(bytes, data + RRSIG_INCEPTION)) | 0
    if (left < 0 || age < 0) return true
  }
  return false
}

function i32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) << 16) | u16(bytes, at + 2)
}
