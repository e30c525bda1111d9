// Which namespaces a member may export from and import into. Names of namespaces mean the same in all clusters
// (KEP-1645, "Namespace Sameness"), so one list of names serves every cluster.
import { globTest } from './glob.ts'

/** Patterns of namespace names; `*` stands for any characters, none included. */
export interface NamespaceRules {
  readonly allow: readonly string[]
  /** Wins over `allow`. */
  readonly deny: readonly string[]
}

/** True for a namespace (its name) that the rules admit. */
export type NamespaceFilter = (namespace: string) => boolean

/** Ends the error message for an invalid pattern. */
export const PATTERN_RULE =
  'not a namespace name or a pattern of one (a-z, 0-9, "-", and "*" for any characters)'

/** True for a pattern: a namespace name (RFC 1123 label) in which `*` stands for any characters. */
export function isNamespacePattern(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9*-]{1,63}$/.test(value)
}

/** Compiles rules of valid patterns. A namespace is admitted if a pattern of `allow` matches and none of `deny`. */
export function namespaceFilter({ allow, deny }: NamespaceRules): NamespaceFilter {
  const [allowed, denied] = [globTest(allow), globTest(deny)]
  return (namespace) => allowed(namespace) && !denied(namespace)
}
