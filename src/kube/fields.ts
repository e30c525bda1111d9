// Reads the fields of API objects that were not validated.

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>

const labelPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** True for one lower-case DNS label (RFC 1123). */
export function isDnsLabel(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 63 && labelPattern.test(value)
}

/** The value as an object, or undefined for anything else, lists included. */
export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined
}

/** The entries of a list; none for any other value. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A value for a log line: strings as JSON, cut to 60 characters; a list as its length. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string')
    return JSON.stringify(value.slice(0, 60)) + lengthNote(value.length)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

/** A text that a server sent, for messages: one line, cut to 300 characters. */
export function serverText(text: string): string {
  return text.slice(0, 1000).replaceAll(/\s+/g, ' ').slice(0, 300)
}

/** The predicate of a message about a wrong value: "is missing", or "is VALUE, not RULE". */
export function isWrong(value: unknown, rule: string): string {
  return value === undefined ? 'is missing' : `is ${show(value)}, not ${rule}`
}

function lengthNote(length: number): string {
  return length > 60 ? ` (${length} characters)` : ''
}

/** The longest name of an object and of a namespace (apimachinery, DNS1123SubdomainMaxLength). */
const MAX_NAME = 253

/** The key of a raw object, "namespace/name" or "name"; '' for an object without a name, or with one that is too long. */
export function keyOf(raw: unknown): string {
  const metadata = asFields(asFields(raw)?.metadata)
  const { name, namespace } = metadata ?? {}
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) return ''
  if (typeof namespace === 'string' && namespace.length > MAX_NAME) return ''
  return typeof namespace === 'string' && namespace !== '' ? `${namespace}/${name}` : name
}
