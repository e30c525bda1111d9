// Where the parts of a message are, as far as it is one: what a mutation of a message changes. Allocates nothing.
import type { Part } from './input.ts'

const MAX_NAMES = 64
const MAX_LABELS = 160
const MAX_RECORDS = 40
const HEADER_SIZE = 12
const OPT = 41

/** The shape of the last message that was read; a reusable object. Offsets are in bytes from its start. */
export class Shape {
  /** Where names start. */
  readonly names = new Int32Array(MAX_NAMES)
  nameCount = 0
  /** Where the length bytes of labels are. */
  readonly labels = new Int32Array(MAX_LABELS)
  labelCount = 0
  /** Where records start, and where their types are. */
  readonly records = new Int32Array(MAX_RECORDS)
  readonly types = new Int32Array(MAX_RECORDS)
  recordCount = 0
  /** The end of the question; 0 without one. */
  questionEnd = 0
  /** Where the last complete record ends. */
  end = 0
  /** The type field of the first OPT; 0 without one. */
  optAt = 0

  read({ bytes, length }: Part): void {
    this.nameCount = 0
    this.labelCount = 0
    this.recordCount = 0
    this.questionEnd = 0
    this.optAt = 0
    this.end = HEADER_SIZE
    if (length < HEADER_SIZE) return
    let at = HEADER_SIZE
    if (word(bytes, 4) > 0) {
      at = this.#name(bytes, at, length)
      if (at < 0 || at + 4 > length) return
      at += 4
      this.questionEnd = at
      this.end = at
    }
    while (at < length && this.recordCount < MAX_RECORDS) {
      const start = at
      const type = this.#name(bytes, at, length)
      if (type < 0 || type + 10 > length) return
      const next = type + 10 + word(bytes, type + 8)
      if (next > length) return
      this.records[this.recordCount] = start
      this.types[this.recordCount++] = type
      if (word(bytes, type) === OPT && this.optAt === 0) this.optAt = type
      else if (isName(word(bytes, type))) this.#name(bytes, type + 10, next)
      at = next
      this.end = at
    }
  }

  /** The end of record `i`. */
  recordEnd(bytes: Uint8Array, i: number): number {
    const type = this.types[i]!
    return type + 10 + word(bytes, type + 8)
  }

  #name(bytes: Uint8Array, start: number, length: number): number {
    if (this.nameCount < MAX_NAMES) this.names[this.nameCount++] = start
    let at = start
    while (at < length) {
      const size = bytes[at]!
      if (this.labelCount < MAX_LABELS) this.labels[this.labelCount++] = at
      if (size === 0) return at + 1
      if (size >= 0xc0) return at + 2 <= length ? at + 2 : -1
      if (size > 63) return -1
      at += 1 + size
    }
    return -1
  }
}

/** NS, CNAME, SOA, PTR and DNAME: their data starts with a name. */
function isName(type: number): boolean {
  return type === 2 || type === 5 || type === 6 || type === 12 || type === 39
}

/** The unsigned 16-bit number at `at`. */
export function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/** Writes the low 16 bits of `value` at `at`. */
export function setWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >>> 8) & 0xff
  bytes[at + 1] = value & 0xff
}
