// Mutations that know the structure of DNS messages: what stays reaches deeper code than random bytes do.
import type { Random } from '../support/random.ts'
import { type Part, splice } from './input.ts'
import type { Mutation } from './mutate-bytes.ts'
import { Shape, setWord, word } from './shape.ts'

type ShapeMutation = (part: Part, shape: Shape, random: Random, other: Uint8Array) => void

const COUNTS = [4, 6, 8, 10] as const
const NUMBERS = [0, 1, 2, 3, 255, 256, 0x7fff, 0xffff] as const
const TYPES = [1, 2, 5, 6, 12, 15, 16, 28, 33, 39, 41, 43, 46, 47, 50, 64, 65, 250, 251, 252, 255]
const CLASSES = [0, 1, 3, 4, 254, 255] as const
const OPTION_CODES = [0, 1, 2, 3, 5, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 65_001, 65_535]
const SIZES = [0, 1, 511, 512, 513, 1231, 1232, 1233, 4096, 65_507, 65_508, 65_535] as const
const TTLS = [0, 1, 5, 60, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as const
const OPCODES = [0, 0, 1, 2, 4, 5, 6, 15] as const
const shape = new Shape()

/** A compression pointer: backwards, to itself, forwards, into the header, or behind the end. */
const pointer: ShapeMutation = (part, { labels, labelCount, names, nameCount }, random) => {
  if (labelCount === 0) return
  const at = labels[random.int(labelCount)]!
  const target = random.pick([
    random.int(12),
    12,
    at,
    at + 2,
    names[random.int(nameCount)]!,
    labels[random.int(labelCount)]!,
    part.length,
    random.int(0x4000),
  ])
  if (at + 1 < part.length) setWord(part.bytes, at, 0xc000 | target)
}

const labelLength: ShapeMutation = ({ bytes }, { labels, labelCount }, random) => {
  if (labelCount === 0) return
  const at = labels[random.int(labelCount)]!
  bytes[at] = random.pick([0, 1, bytes[at]! - 1, bytes[at]! + 1, 62, 63, 64, 0x80, 0xbf, 0xff])
}

/** Another label in front of a label: long names, and names of many labels. */
const moreLabels: ShapeMutation = (part, { labels, labelCount }, random) => {
  if (labelCount === 0) return
  const at = labels[random.int(labelCount)]!
  const size = random.pick([1, 1, 2, 31, 62, 63])
  const times = random.pick([1, 2, 4, 126])
  const label = new Uint8Array(1 + size).fill(random.pick([0x61, 0x5f, 0, 0x2e, 0xff]))
  label[0] = size
  for (let i = 0; i < times && part.length < 400; i++) splice(part, at, 0, label, 0, label.length)
}

const letterCase: ShapeMutation = ({ bytes }, { questionEnd }, random) => {
  for (let at = 12; at < questionEnd - 4; at++) {
    const byte = bytes[at]! | 0x20
    if (byte >= 0x61 && byte <= 0x7a && random.chance(50)) bytes[at]! ^= 0x20
  }
}

/** A count that lies. */
const count: ShapeMutation = ({ bytes, length }, { recordCount }, random) => {
  if (length < 12) return
  setWord(bytes, random.pick(COUNTS), random.pick([...NUMBERS, recordCount, recordCount + 1]))
}

const flags: ShapeMutation = ({ bytes, length }, _shape, random) => {
  if (length < 4) return
  const kind = random.int(4)
  if (kind === 0) bytes[2]! ^= 0x80
  else if (kind === 1) bytes[2] = (bytes[2]! & 0x87) | (random.pick(OPCODES) << 3)
  else if (kind === 2) bytes[3] = (bytes[3]! & 0xf0) | random.int(16)
  else bytes[2 + random.int(2)]! ^= 1 << random.int(8)
}

const typeOrClass: ShapeMutation = ({ bytes }, { types, recordCount, questionEnd }, random) => {
  const i = random.int(recordCount + 1)
  const at = i === recordCount ? questionEnd - 4 : types[i]!
  if (at < 12) return
  if (random.chance(75)) setWord(bytes, at, random.pick(TYPES))
  else setWord(bytes, at + 2, random.pick(CLASSES))
}

const ttl: ShapeMutation = ({ bytes }, { types, recordCount }, random) => {
  if (recordCount === 0) return
  const at = types[random.int(recordCount)]! + 4
  const value = random.pick(TTLS)
  setWord(bytes, at, value >>> 16)
  setWord(bytes, at + 2, value)
}

/** A length of data that lies. */
const dataLength: ShapeMutation = ({ bytes, length }, { types, recordCount }, random) => {
  if (recordCount === 0) return
  const at = types[random.int(recordCount)]! + 8
  const real = word(bytes, at)
  const rest = length - at - 2
  setWord(bytes, at, random.pick([0, real - 1, real + 1, rest, rest + 1, 4, 16, 0xffff]))
}

const repeatRecord: ShapeMutation = (part, shape, random) => {
  const { records, recordCount, end } = shape
  if (recordCount === 0) return
  const i = random.int(recordCount)
  const copy = part.bytes.slice(records[i]!, shape.recordEnd(part.bytes, i))
  const times = random.pick([1, 1, 1, 2, 40])
  for (let n = 0; n < times && part.length < 4000; n++) splice(part, end, 0, copy, 0, copy.length)
  const at = random.pick([6, 8, 10])
  setWord(part.bytes, at, word(part.bytes, at) + times)
}

const removeRecord: ShapeMutation = (part, shape, random) => {
  const { records, recordCount } = shape
  if (recordCount === 0) return
  const i = random.int(recordCount)
  const size = shape.recordEnd(part.bytes, i) - records[i]!
  splice(part, records[i]!, size, part.bytes, 0, 0)
  if (random.chance(30)) return
  const at = random.pick([6, 8, 10])
  setWord(part.bytes, at, word(part.bytes, at) - 1)
}

/** The records of another message behind the question of this one, with their counts. */
const otherRecords: ShapeMutation = (part, { questionEnd }, random, other) => {
  if (questionEnd === 0 || other.length < 13) return
  let from = 12
  while (from < other.length && other[from]! > 0 && other[from]! < 64) from += 1 + other[from]!
  from += 5
  splice(
    part,
    questionEnd,
    part.length - questionEnd,
    other,
    from,
    Math.max(0, other.length - from),
  )
  if (random.chance(80)) for (let i = 6; i < 12; i++) part.bytes[i] = other[i]!
}

/** OPT, perhaps a second one, with options that may lie about their lengths. */
const addOpt: ShapeMutation = (part, { end }, random) => {
  const options = random.int(4)
  const opt = new Uint8Array(11 + 24 * options)
  opt[2] = 41
  setWord(opt, 3, random.pick(SIZES))
  if (random.chance(10)) opt[5] = random.int(256)
  if (random.chance(10)) opt[6] = 1
  if (random.chance(40)) opt[7] = 0x80
  let at = 11
  for (let i = 0; i < options; i++) {
    const size = random.int(20)
    setWord(opt, at, random.pick(OPTION_CODES))
    setWord(opt, at + 2, random.chance(90) ? size : random.pick(NUMBERS))
    for (let k = 0; k < size; k++) opt[at + 4 + k] = random.int(4)
    at += 4 + size
  }
  setWord(opt, 9, random.chance(90) ? at - 11 : random.int(at))
  splice(part, end, 0, opt, 0, at)
  setWord(part.bytes, 10, word(part.bytes, 10) + 1)
}

const changeOpt: ShapeMutation = ({ bytes, length }, { optAt }, random) => {
  if (optAt === 0) return
  const kind = random.int(5)
  const data = optAt + 10
  if (kind === 0) setWord(bytes, optAt + 2, random.pick(SIZES))
  else if (kind === 1) bytes[optAt + 4] = random.int(256)
  else if (kind === 2) bytes[optAt + 5] = random.pick([0, 1, 255])
  else if (kind === 3) bytes[optAt + 6]! ^= 0x80
  else if (data + 4 <= length) {
    setWord(bytes, data + 2 * random.int(2), random.pick([...OPTION_CODES, ...NUMBERS]))
  }
}

const shapeMutations: readonly ShapeMutation[] = [
  pointer,
  labelLength,
  moreLabels,
  letterCase,
  count,
  flags,
  typeOrClass,
  typeOrClass,
  ttl,
  dataLength,
  repeatRecord,
  removeRecord,
  otherRecords,
  addOpt,
  changeOpt,
]

/** One of the mutations of messages, for parts with at least one byte. */
export const mutateMessage: Mutation = (part, random, other) => {
  shape.read(part)
  random.pick(shapeMutations)(part, shape, random, other)
}
