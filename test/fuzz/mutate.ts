// Makes the input of the next run from a kept one.
import type { Random } from '../support/random.ts'
import { CONTROL_SIZE, copyTo, type Input, MAX_PARTS, type Sample } from './input.ts'
import { byteMutations } from './mutate-bytes.ts'
import { mutateMessage } from './mutate-dns.ts'

/** Percent. */
const CHANCE_OF = { control: 20, parts: 6, bytes: 45, another: 55 } as const
const MAX_MUTATIONS = 8

/** Changes `input` in one place or more; `other` is another kept input. */
export function mutate(input: Input, random: Random, other: Sample): void {
  let left = MAX_MUTATIONS
  do mutateOnce(input, random, other)
  while (--left > 0 && random.chance(CHANCE_OF.another))
}

/** Changes `input` in one place. */
export function mutateOnce(input: Input, random: Random, other: Sample): void {
  if (random.chance(CHANCE_OF.control)) mutateControl(input, random)
  else if (random.chance(CHANCE_OF.parts)) mutateParts(input, random, other)
  else mutatePart(input, random, other)
}

function mutatePart(input: Input, random: Random, other: Sample): void {
  const part = input.parts[random.int(input.messages)]!
  const from = other[random.int(other.length - 1)]!
  if (part.length === 0) {
    copyTo(part, from)
  } else if (random.chance(CHANCE_OF.bytes)) {
    random.pick(byteMutations)(part, random, from)
  } else {
    mutateMessage(part, random, from)
  }
}

function mutateControl(input: Input, random: Random): void {
  const { bytes } = input.parts[input.count - 1]!
  bytes[random.int(CONTROL_SIZE)] = random.int(256)
}

/** Replaces, repeats, removes or exchanges whole messages. */
function mutateParts(input: Input, random: Random, other: Sample): void {
  const { messages } = input
  const i = random.int(messages)
  const kind = random.int(4)
  if (kind === 0) {
    copyTo(input.parts[i]!, other[random.int(other.length - 1)]!)
  } else if (kind === 1 && input.count < MAX_PARTS) {
    const { bytes, length } = input.parts[messages]!
    copyTo(input.parts[messages + 1]!, bytes.subarray(0, length))
    const source = input.parts[i]!
    copyTo(input.parts[messages]!, source.bytes.subarray(0, source.length))
    input.count++
  } else if (kind === 2 && messages > 1) {
    for (let k = i; k < messages; k++) {
      const next = input.parts[k + 1]!
      copyTo(input.parts[k]!, next.bytes.subarray(0, next.length))
    }
    input.count--
  } else {
    const { bytes, length } = input.parts[i]!
    const copy = bytes.slice(0, length)
    const second = input.parts[random.int(messages)]!
    copyTo(input.parts[i]!, second.bytes.subarray(0, second.length))
    copyTo(second, copy)
  }
}
