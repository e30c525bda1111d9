// The fields in which two versions of an object differ. Pure.
import { asFields, type Fields } from '../kube/fields.ts'

/** A field that was added (no `from`), changed, or removed (no `to`). An element of a list has the path of the list. */
export interface FieldChange {
  /** "spec.type", "metadata.labels[example.com/team]", "status.conditions[Ready]" */
  readonly path: string
  readonly from?: unknown
  readonly to?: unknown
}

/** What changes `from` into `to`; undefined is an object that does not exist. Times of conditions do not count. */
export function fieldChanges(from: unknown, to: unknown, path = ''): readonly FieldChange[] {
  if (from === to) return []
  // A list without conditions is as good as none.
  if (isConditions(to) && isEmpty(from)) return fieldChanges(undefined, to, path)
  if (isConditions(from) && isEmpty(to)) return fieldChanges(from, undefined, path)
  const [left, right] = [named(from), named(to)]
  if ((left ?? right) !== undefined && isMap(from, left) && isMap(to, right)) {
    const names = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])
    return [...names].flatMap((name) =>
      fieldChanges(left?.[name], right?.[name], pathTo(path, name, from, to)),
    )
  }
  const [before, after] = [elementsOf(from), elementsOf(to)]
  if (before !== undefined && after !== undefined && before.length + after.length > 0) {
    return elementChanges(before, after, path)
  }
  if (JSON.stringify(from) === JSON.stringify(to)) return []
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }]
}

/** The elements of a list; none for a field that is not there, undefined for any other value. */
function elementsOf(value: unknown): readonly unknown[] | undefined {
  if (value === undefined) return []
  return Array.isArray(value) ? value : undefined
}

/** The elements that only one of the lists has. */
function elementChanges(
  from: readonly unknown[],
  to: readonly unknown[],
  path: string,
): readonly FieldChange[] {
  const rest = from.map((one) => JSON.stringify(one))
  const added = to.filter((one) => {
    const at = rest.indexOf(JSON.stringify(one))
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
  return [
    ...rest.map((one) => ({ path, from: JSON.parse(one) as unknown })),
    ...added.map((one) => ({ path, to: one })),
  ]
}

/** True for a map, and for a field that is not there. */
function isMap(value: unknown, fields: Fields | undefined): boolean {
  return value === undefined || fields !== undefined
}

/** The fields of a map, or the conditions of a list by type; undefined for any other value. */
function named(value: unknown): Fields | undefined {
  if (!isConditions(value)) return asFields(value)
  return Object.fromEntries(value.map((one) => [one.type, conditionText(one)]))
}

function conditionText({ status, reason, message }: Fields): string {
  return [status, reason, message].filter((one) => one !== undefined && one !== '').join(' ')
}

function isConditions(value: unknown): value is readonly (Fields & { readonly type: string })[] {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every((one: unknown) => {
    const { type, status } = asFields(one) ?? {}
    return typeof type === 'string' && typeof status === 'string'
  })
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** Names with dots, such as those of labels, and the types of conditions stand in brackets. */
function pathTo(path: string, name: string, from: unknown, to: unknown): string {
  if (isConditions(from) || isConditions(to) || name.includes('.')) return `${path}[${name}]`
  return path === '' ? name : `${path}.${name}`
}
