// Mutations of bytes, which know nothing of DNS.
import type { Random } from '../support/random.ts'
import { type Part, splice } from './input.ts'

/** Changes a part in one place; `other` is a part of another input. */
export type Mutation = (part: Part, random: Random, other: Uint8Array) => void

/** Limits of lengths, labels, pointers, and of numbers with and without a sign. */
const BYTES = [0, 1, 2, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff] as const
/** Sizes of records and messages, and limits of numbers. */
const WORDS = [0, 1, 2, 4, 11, 12, 16, 255, 256, 511, 512, 4096, 0x3fff, 0x7fff, 0x8000, 0xffff]

/** The largest random insertion, in bytes. */
const INSERTED_MAX = 64

const flipBit: Mutation = ({ bytes, length }, random) => {
  bytes[random.int(length)]! ^= 1 << random.int(8)
}

const setByte: Mutation = ({ bytes, length }, random) => {
  bytes[random.int(length)] = random.int(256)
}

const limitByte: Mutation = ({ bytes, length }, random) => {
  bytes[random.int(length)] = random.pick(BYTES)
}

const limitWord: Mutation = ({ bytes, length }, random) => {
  const at = random.int(length)
  const word = random.pick(WORDS)
  bytes[at] = word >>> 8
  if (at + 1 < length) bytes[at + 1] = word & 0xff
}

const addToByte: Mutation = ({ bytes, length }, random) => {
  bytes[random.int(length)]! += random.int(9) - 4
}

const truncate: Mutation = (part, random) => {
  part.length = random.int(part.length + 1)
}

const removeRange: Mutation = (part, random) => {
  const at = random.int(part.length)
  const size = 1 + random.int(Math.min(16, part.length - at))
  splice(part, at, size, part.bytes, 0, 0)
}

const repeatRange: Mutation = (part, random) => {
  const from = random.int(part.length)
  const size = 1 + random.int(Math.min(INSERTED_MAX, part.length - from))
  const copy = part.bytes.slice(from, from + size)
  splice(part, random.int(part.length + 1), 0, copy, 0, size)
}

const insertRandom: Mutation = (part, random) => {
  const at = random.int(part.length + 1)
  const size = 1 + random.int(8)
  splice(part, at, 0, part.bytes, 0, size)
  for (let i = 0; i < size; i++) part.bytes[at + i] = random.int(256)
}

const insertOther: Mutation = (part, random, other) => {
  if (other.length === 0) return
  const from = random.int(other.length)
  const size = 1 + random.int(Math.min(INSERTED_MAX, other.length - from))
  splice(part, random.int(part.length + 1), 0, other, from, size)
}

const overwriteWithOther: Mutation = (part, random, other) => {
  if (other.length === 0) return
  const from = random.int(other.length)
  const at = random.int(part.length)
  const size = 1 + random.int(Math.min(INSERTED_MAX, other.length - from, part.length - at))
  splice(part, at, size, other, from, size)
}

/** The start of this message and the end of another one. */
const crossOver: Mutation = (part, random, other) => {
  const at = random.int(part.length + 1)
  splice(part, at, part.length - at, other, Math.min(at, other.length), other.length - at)
}

const extend: Mutation = (part, random) => {
  const size = random.chance(90) ? 1 + random.int(INSERTED_MAX) : random.int(5000)
  const { length } = part
  splice(part, length, 0, part.bytes, 0, size)
  part.bytes.fill(random.int(256), length, part.length)
}

/** Mutations of parts with at least one byte. */
export const byteMutations: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  limitByte,
  limitWord,
  addToByte,
  truncate,
  removeRange,
  repeatRange,
  insertRandom,
  insertOther,
  overwriteWithOther,
  crossOver,
  extend,
]
