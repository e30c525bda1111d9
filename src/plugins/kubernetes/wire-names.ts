// Comparisons of wire names off the packet path.
import { lowerCase } from '../../dns/name.ts'

const decoder = new TextDecoder('latin1')

/** The name in lower case. */
export function lowerName(name: Uint8Array): Uint8Array {
  return name.map((byte) => lowerCase[byte]!)
}

/** True for equal names in one case. */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && endsWithName(a, b)
}

/** True when `name` is `end` or below it; both in one case. */
export function endsWithName(name: Uint8Array, end: Uint8Array): boolean {
  const offset = name.length - end.length
  let at = 0
  while (at < offset) at += name[at]! + 1
  return at === offset && end.every((byte, i) => name[offset + i] === byte)
}

/** The labels of a relative wire name. */
export function labelsOf(relative: Uint8Array): string[] {
  const labels: string[] = []
  for (let at = 0; at < relative.length; at += relative[at]! + 1) {
    labels.push(decoder.decode(relative.subarray(at + 1, at + 1 + relative[at]!)))
  }
  return labels
}
