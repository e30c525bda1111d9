// What a rule finds out about a query.
import { className } from '../../dns/codes.ts'
import { typeName, typeOf } from '../../dns/type-names.ts'

export interface Matched {
  readonly zone: string
  /** The pattern. */
  readonly pattern: string
  /** What the pattern and its groups have matched; '' for groups that match nothing. */
  readonly match: readonly string[]
  /** The same by name and by number. */
  readonly groups: ReadonlyMap<string, string>
  /** Those of the question; those of the rule for a question for ANY. */
  readonly class: number
  readonly type: number
}

/** "IN"; '' for a class without a name, as in CoreDNS. */
export function classText(qclass: number): string {
  const name = className(qclass)
  return name.startsWith('CLASS') ? '' : name
}

/** "AAAA"; '' for a type without a name, as in CoreDNS. */
export function typeText(type: number): string {
  const name = typeName(type)
  return typeOf(name) === undefined ? '' : name
}
