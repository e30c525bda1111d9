// Which labels and annotations an API server accepts (Kubernetes, "Labels and Selectors: Syntax").
// exportedLabels of a ServiceExport may hold any text, and one invalid entry would make every write of the
// import fail. So invalid entries are left out, and so are keys that are reserved for the controller.
import { HEADLESS_LABEL, MANAGED_BY_LABEL, OUR_PREFIX, SERVICE_NAME_LABEL } from './names.ts'
import type { StringMap } from './types.ts'

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/
const PREFIX = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/
const PREFIX_MAX_LENGTH = 253
/**
 * Bytes, for labels and annotations each. The limit for all annotations of an object is 256 KiB, and
 * EXPORTED_KEYS_ANNOTATION repeats the keys of both.
 */
const MAX_SIZE = 64 * 1024

const RESERVED = [SERVICE_NAME_LABEL, MANAGED_BY_LABEL, HEADLESS_LABEL]
const RESERVED_PREFIXES = [OUR_PREFIX, 'multicluster.kubernetes.io/']

/** True for `name` or `prefix/name`, the form of label keys and of appProtocol. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/')
  if (slash < 0) return NAME.test(text)
  const prefix = text.slice(0, slash)
  return (
    prefix.length <= PREFIX_MAX_LENGTH && PREFIX.test(prefix) && NAME.test(text.slice(slash + 1))
  )
}

/** True for a valid label value, '' included. */
export function isLabelValue(text: unknown): text is string {
  return text === '' || (typeof text === 'string' && NAME.test(text))
}

/** The entries of `labels` that an import may carry, sorted by key; none when they exceed 64 KiB. */
export function usableLabels(labels: StringMap): StringMap {
  return usableEntries(labels, isLabelValue)
}

/** The entries of `annotations` that an import may carry, sorted by key; none when they exceed 64 KiB. */
export function usableAnnotations(annotations: StringMap): StringMap {
  return usableEntries(annotations, isString)
}

/** True when both have the same entries, in any order. */
export function sameStrings(a: StringMap, b: StringMap): boolean {
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  )
}

/** The keys of `labels` that are invalid or reserved, sorted; the size limit is not applied. */
export function unusableLabelKeys(labels: StringMap): readonly string[] {
  return unusableKeys(labels, isLabelValue)
}

/** The keys of `annotations` that are invalid or reserved, sorted; the size limit is not applied. */
export function unusableAnnotationKeys(annotations: StringMap): readonly string[] {
  return unusableKeys(annotations, isString)
}

type IsValue = (value: unknown) => boolean

function isString(value: unknown): boolean {
  return typeof value === 'string'
}

function unusableKeys(map: StringMap, isValue: IsValue): readonly string[] {
  const entries = Object.entries(map)
  return entries.flatMap(([key, value]) => (isUsable(key, value, isValue) ? [] : [key])).sort()
}

function usableEntries(map: StringMap, isValue: IsValue): StringMap {
  const entries = Object.entries(map).filter(([key, value]) => isUsable(key, value, isValue))
  let size = 0
  for (const [key, value] of entries) size += key.length + Buffer.byteLength(value)
  if (size > MAX_SIZE) return {}
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isUsable(key: string, value: unknown, isValue: IsValue): boolean {
  return isQualifiedName(key) && !isReserved(key) && isValue(value)
}

/** True for a key that only controllers set; it is never exported. */
export function isReserved(key: string): boolean {
  return RESERVED.includes(key) || RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix))
}
