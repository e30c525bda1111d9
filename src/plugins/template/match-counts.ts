// Counts the queries that rules match, in shared memory: each answering thread has a hash table of numbers, in pairs of key and
// count. A key is the label set of a rule (an index that the component assigns), the type and the class of the question.
import { typeText } from './matched.ts'

/** Label sets of questions that one thread can count; further ones are not counted. */
const SLOT_BITS = 12
const SLOTS = 2 ** SLOT_BITS
/** The number of counters of one thread. */
export const MATCH_COUNTERS = 2 * SLOTS

/** The classes by their place in a key; '' is any other one. */
const CLASSES = ['', 'IN', 'CS', 'CH', 'HS', 'NONE', 'ANY'] as const
const CLASS_NUMBERS = [-1, 1, 2, 3, 4, 254, 255]
const TYPES = 0x1_0000
/** In place of all types without a name. No type has this number. */
const NAMELESS = 0xfffd

/** What is counted; `label` is the index of a label set. */
export interface MatchCount {
  readonly label: number
  /** '' for one without a name, as in CoreDNS. */
  readonly class: string
  readonly type: string
  readonly count: number
}

/** Counts a query; `counters` are those of this thread. Does not allocate. */
export function countMatch(
  counters: Float64Array,
  label: number,
  qclass: number,
  type: number,
): void {
  const classAt = Math.max(0, CLASS_NUMBERS.indexOf(qclass))
  const known = isNamed[type] === 1 ? type : NAMELESS
  // 0 is an empty slot.
  const key = (label * TYPES + known) * 8 + classAt + 1
  // The upper bits of a product are those that are mixed.
  let slot = Math.imul(key, 0x9e37_79b1) >>> (32 - SLOT_BITS)
  for (let i = 0; i < SLOTS; i++) {
    const at = 2 * slot
    if (counters[at] === 0) counters[at] = key
    if (counters[at] === key) {
      counters[at + 1]!++
      return
    }
    slot = (slot + 1) % SLOTS
  }
}

const isNamed = Uint8Array.from({ length: TYPES }, (_, type) => (typeText(type) === '' ? 0 : 1))

/** The counts of one thread. */
export function readMatches(counters: Float64Array): readonly MatchCount[] {
  const counts: MatchCount[] = []
  for (let at = 0; at < counters.length; at += 2) {
    const key = counters[at]! - 1
    if (key < 0) continue
    const type = Math.floor(key / 8) % TYPES
    counts.push({
      label: Math.floor(key / 8 / TYPES),
      class: CLASSES[key % 8] ?? '',
      type: typeText(type),
      count: counters[at + 1]!,
    })
  }
  return counts
}
