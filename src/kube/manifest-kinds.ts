// The objects of a manifest, those of a List included. Matches them by kind and API group, and finds those that only look like
// a kind that is read.
import { didYouMean, nearest } from '../spelling.ts'
import { asFields } from './fields.ts'

/** The kinds that a reader of manifests knows, each with its API group; '' is the core group. */
export type KnownKinds = ReadonlyMap<string, string>

/** An object of a manifest. */
export interface RawObject {
  readonly raw: unknown
  readonly kind: string
  /** Its apiVersion. */
  readonly version: string
}

/**
 * The object itself, or the items of a list ("List", "ServiceImportList"), as kubectl reads them. Items may leave out the kind
 * and version that the list names.
 */
export function listedObjects(
  raw: unknown,
  defaultKind = '',
  defaultVersion = '',
): readonly RawObject[] {
  const fields = asFields(raw) ?? {}
  const kind = typeof fields.kind === 'string' ? fields.kind : defaultKind
  const version =
    typeof fields.apiVersion === 'string' && fields.apiVersion !== ''
      ? fields.apiVersion
      : defaultVersion
  if (!kind.endsWith('List') || !Array.isArray(fields.items)) return [{ raw, kind, version }]
  return fields.items.flatMap((item) => listedObjects(item, kind.slice(0, -4), version))
}

/** The API group of an apiVersion, '' for the core group ("v1"); undefined for an empty one. */
function groupOf(apiVersion: string): string | undefined {
  const slash = apiVersion.indexOf('/')
  if (slash >= 0) return apiVersion.slice(0, slash)
  return apiVersion === '' ? undefined : ''
}

/** True for a known kind of its own API group: other groups have kinds of the same names. */
export function isKnownKind(known: KnownKinds, kind: string, apiVersion: string): boolean {
  return known.has(kind) && known.get(kind) === groupOf(apiVersion)
}

/**
 * Why an object is not read although its author may expect it: a known kind of another API group, or a mistyped kind of
 * a known group. Undefined for an object that is read, and for kinds that are of no interest.
 */
export function unreadReason(
  known: KnownKinds,
  kind: string,
  apiVersion: string,
): string | undefined {
  const group = groupOf(apiVersion)
  const expected = known.get(kind)
  if (expected !== undefined) {
    if (group === expected) return undefined
    const found = group === undefined ? 'without apiVersion' : `of API group ${groupText(group)}`
    return `${kind} ${found} is not read, only of API group ${groupText(expected)}`
  }
  if (group === undefined) return undefined
  const kinds = [...known].flatMap(([candidate, itsGroup]) =>
    itsGroup === group ? [candidate] : [],
  )
  const meant = nearest(kind, kinds)
  if (meant === undefined) return undefined
  return `kind ${JSON.stringify(kind)} of API group ${groupText(group)} is not known; ${didYouMean(meant)}`
}

function groupText(group: string): string {
  return group === '' ? '"" (core)' : group
}
