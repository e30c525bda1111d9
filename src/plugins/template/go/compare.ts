// Comparisons of templates (Go's text/template funcs.go eq and lt).
import { ExecError } from './exec-error.ts'
import { typeText, type Value } from './values.ts'

type Basic = 'bool' | 'int' | 'float' | 'string' | 'none'

/** Integers of both signs are of one kind. */
function basicKind(value: Value): Basic {
  if (value === undefined) return 'none'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (value.kind === 'int' || value.kind === 'uint') return 'int'
  return value.kind === 'float' ? 'float' : 'none'
}

/** The value in a form that `===` and `<` compare. */
function plain(value: Value): unknown {
  return typeof value === 'object' && 'value' in value ? value.value : value
}

/** Go's `eq` of two values. Throws ExecError when they cannot be compared. */
export function equal(a: Value, b: Value): boolean {
  const [kind, other] = [basicKind(a), basicKind(b)]
  if (a === undefined || b === undefined) return a === b
  if (kind !== other) {
    const types = `${typeText(a)} and ${typeText(b)}`
    throw new ExecError(`incompatible types for comparison: ${types}`)
  }
  if (kind === 'none') throw new ExecError(`non-comparable type ${typeText(b)}`)
  return plain(a) === plain(b)
}

/** Negative if `a` is less than `b`, 0 if they are equal. Throws ExecError when they have no order. */
export function compare(a: Value, b: Value): number {
  const [kind, other] = [basicKind(a), basicKind(b)]
  const isOrdered = kind !== 'none' && other !== 'none'
  if (isOrdered && kind !== other) {
    const types = `${typeText(a!)} and ${typeText(b!)}`
    throw new ExecError(`incompatible types for comparison: ${types}`)
  }
  if (!isOrdered || kind === 'bool') throw new ExecError('invalid type for comparison')
  if (typeof a === 'string' && typeof b === 'string') {
    return Buffer.compare(Buffer.from(a), Buffer.from(b))
  }
  const [left, right] = [plain(a) as bigint | number, plain(b) as bigint | number]
  return left < right ? -1 : left > right ? 1 : 0
}
