// Names as keys: the bytes of an uncompressed wire name in lower case as Latin-1 text, so that maps can have them.
import { lowerCase, nameToText } from '../dns/name.ts'

/** The key of the uncompressed wire name at `start`. */
export function keyAt(wire: Uint8Array, start = 0): string {
  let key = ''
  let at = start
  for (let length = wire[at]!; ; length = wire[at]!) {
    for (const end = at + length; at <= end; at++) key += String.fromCharCode(lowerCase[wire[at]!]!)
    if (length === 0) return key
  }
}

/** The wire name of a key. */
export function wireOf(key: string): Uint8Array {
  return Uint8Array.from(Buffer.from(key, 'latin1'))
}

/** The text of a key, with a final dot. */
export function textOf(key: string): string {
  return nameToText(wireOf(key))
}

/** The name without its first label; undefined for the root. */
export function parentOf(key: string): string | undefined {
  const length = key.charCodeAt(0)
  return length === 0 ? undefined : key.slice(1 + length)
}

/** The names above `key`, the nearest one first, the root last. */
export function* ancestorsOf(key: string): Generator<string> {
  for (let name = parentOf(key); name !== undefined; name = parentOf(name)) yield name
}

/** True when `key` is `zone` or below it. */
export function isBelow(key: string, zone: string): boolean {
  if (!key.endsWith(zone)) return false
  let at = 0
  while (at < key.length - zone.length) at += 1 + key.charCodeAt(at)
  return at === key.length - zone.length
}

/** The name with an asterisk in place of its first label, which is not the root. */
export function wildcardOf(key: string): string {
  return `\x01*${parentOf(key)}`
}

function labelsOf(key: string): readonly string[] {
  const labels: string[] = []
  for (let at = 0; key.charCodeAt(at) > 0; at += 1 + key.charCodeAt(at)) {
    labels.unshift(key.slice(at + 1, at + 1 + key.charCodeAt(at)))
  }
  return labels
}

/** The canonical order of names (RFC 4034 section 6.1), as a number for sorting. */
export function compareKeys(a: string, b: string): number {
  const [left, right] = [labelsOf(a), labelsOf(b)]
  for (const [i, label] of left.entries()) {
    const other = right[i]
    if (other === undefined) return 1
    if (label !== other) return label < other ? -1 : 1
  }
  return left.length - right.length
}
