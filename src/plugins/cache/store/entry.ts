// An entry of a store as words: the reply that it keeps, without its question and OPT.
import { NOTIMP, SERVFAIL } from '../../../dns/codes.ts'
import type { RecordLayout } from '../../../dns/wire-reply.ts'
import { sameBytes } from '../../../zone/name-hash.ts'
import type { CacheKey } from './key.ts'
import {
  ENTRY_ANSWERING,
  ENTRY_END,
  ENTRY_FLAGS,
  ENTRY_HEADER_WORDS,
  ENTRY_ID,
  ENTRY_NAME,
  ENTRY_QUESTION,
  ENTRY_SECTIONS,
  ENTRY_SLOT,
  ENTRY_STORED,
  ENTRY_TTL,
  ENTRY_UNITS,
  KEY_FLAGS,
  type StoreMemory,
} from './layout.ts'

/** The reply that `StoreWriter.insert` stores; offsets count from its start. */
export interface NewReply {
  readonly bytes: Uint8Array
  readonly start: number
  readonly records: RecordLayout
  /** RA, AD and rcode, as in the header. */
  readonly flags: number
  readonly answering: boolean
  /** Seconds, at least 1. */
  readonly ttl: number
}

/** True for an rcode that says nothing about the name: it is used while it is fresh only (RFC 9520 section 3.2). */
export function isFailure(rcode: number): boolean {
  return rcode === SERVFAIL || rcode === NOTIMP
}

/** The words of an entry for `key`. */
export function entryWords(key: CacheKey, { records }: NewReply): number {
  const { questionEnd, end, answers, authorities, additionals } = records
  const offsets = (answers + authorities + additionals + 1) >>> 1
  return ENTRY_HEADER_WORDS + wordsOf(key.nameLength) + offsets + wordsOf(end - questionEnd)
}

/** The words that `size` bytes take. */
function wordsOf(size: number): number {
  return (size + 3) >>> 2
}

/** True if the entry at word `at` has the key. */
export function hasKey(words: Int32Array, at: number, key: CacheKey): boolean {
  return (
    words[at + ENTRY_QUESTION] === key.question &&
    (words[at + ENTRY_FLAGS]! & KEY_FLAGS) === key.flags &&
    (words[at + ENTRY_NAME]! & 0xffff) === key.nameLength &&
    sameBytes(words, at + ENTRY_HEADER_WORDS, key.name, 0, key.nameLength)
  )
}

/** Writes the entry of `units` for `slot` at word `at`. `id` is unique; `stored` is in seconds of the store's clock. */
export function writeEntry(
  { words, floats, bytes }: StoreMemory,
  at: number,
  units: number,
  slot: number,
  id: number,
  key: CacheKey,
  reply: NewReply,
  stored: number,
): void {
  const { questionEnd, end, answers, authorities, additionals, ttlAt } = reply.records
  words[at + ENTRY_UNITS] = units
  words[at + ENTRY_SLOT] = slot
  words[at + ENTRY_ID] = id
  words[at + ENTRY_QUESTION] = key.question
  floats[(at + ENTRY_STORED) / 2] = stored
  words[at + ENTRY_TTL] = reply.ttl
  words[at + ENTRY_FLAGS] = reply.flags | key.flags | (reply.answering ? ENTRY_ANSWERING : 0)
  words[at + ENTRY_NAME] = key.nameLength | (additionals << 16)
  words[at + ENTRY_END] = end
  words[at + ENTRY_SECTIONS] = answers | (authorities << 16)
  let to = at + ENTRY_HEADER_WORDS
  const nameWords = wordsOf(key.nameLength)
  for (let i = 0; i < nameWords; i++) words[to + i] = key.name[i]!
  to += nameWords
  const records = answers + authorities + additionals
  for (let i = 0; i < records; i += 2) {
    words[to++] = ttlAt[i]! | (i + 1 < records ? ttlAt[i + 1]! << 16 : 0)
  }
  const size = end - questionEnd
  const from = reply.start + questionEnd
  for (let i = 0; i < size; i++) bytes[4 * to + i] = reply.bytes[from + i]!
}
