// The suffixes of rules in wire form, for the packet path. The chain compares the text of names; this file finds the same, or
// says that it cannot tell.

import { hasAt } from '../../dns/bytes.ts'
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import { nameToWire } from '../../dns/name.ts'

/** A suffix of names: the end of a label, which may be empty, and the labels behind it with the root byte. */
export interface WireSuffix {
  readonly partial: Uint8Array
  readonly tail: Uint8Array
}

/** `replaceSuffix` result: the name has another suffix. */
export const OTHER = 0
/** `replaceSuffix` result: the text of the name must be compared, or the new name is invalid. */
export const UNCLEAR = -1

const DOT = 0x2e
const LABEL_MAX_SIZE = 63

/**
 * The wire form of a suffix, for labels of letters, digits, hyphens and underscores; undefined for others. The text ".a.b."
 * stands for whole labels, "a.b." also for the end of a label, which begins with no digit: it could be part of an escape.
 */
export function wireSuffix(text: string): WireSuffix | undefined {
  if (!/^([a-z_-][a-z\d_-]*)?\.([a-z\d_-]+\.)*$/.test(text)) return undefined
  const dot = text.indexOf('.')
  const tail = nameToWire(text.slice(dot + 1))
  return tail && { partial: Uint8Array.from(Buffer.from(text.slice(0, dot))), tail }
}

/**
 * Replaces the suffix `from` of the `size` bytes of a wire name in lower case by `to`, in `output`, which has room for
 * NAME_MAX_SIZE bytes. Returns the size of the new name, OTHER or UNCLEAR. Does not allocate.
 */
export function replaceSuffix(
  name: Uint8Array,
  size: number,
  from: WireSuffix,
  to: WireSuffix,
  output: Uint8Array,
): number {
  const { partial, tail } = from
  const start = size - tail.length
  if (start < 0) return OTHER
  for (let i = tail.length - 1; i > 0; i--) if (name[start + i] !== tail[i]) return OTHER
  // A dot within a label is the text of a dot, too.
  const otherwise = name[start] === DOT ? UNCLEAR : OTHER
  if (name[start] !== tail[0]) return otherwise
  let last = -1
  let at = 0
  while (at < start) {
    last = at
    at += name[at]! + 1
  }
  if (at !== start) return otherwise
  // The text of the root is a dot without a label before it.
  if (last < 0) return tail.length === 1 && partial.length === 0 ? UNCLEAR : OTHER
  const kept = start - last - 1 - partial.length
  if (kept < 0 || !hasAt(name, partial, start - partial.length)) return OTHER
  const label = kept + to.partial.length
  const whole = last + 1 + label + to.tail.length
  if (label === 0 || label > LABEL_MAX_SIZE || whole > NAME_MAX_SIZE) return UNCLEAR
  let end = last
  for (let i = 0; i <= last; i++) output[i] = name[i]!
  output[end++] = label
  for (let i = 0; i < kept; i++) output[end++] = name[last + 1 + i]!
  for (let i = 0; i < to.partial.length; i++) output[end++] = to.partial[i]!
  for (let i = 0; i < to.tail.length; i++) output[end++] = to.tail[i]!
  return end
}
