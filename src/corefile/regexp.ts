// Regular expressions in a Corefile: the RE2 syntax of Go, matched in linear time by re2js. Patterns that CoreDNS
// rejects are rejected with Go's error text.
import type { RE2JS } from 're2js'
import { require } from '../require.ts'
import type { Result } from './go-text.ts'

interface RegExpMatcher {
  /** True when the pattern matches somewhere in the text. */
  test(text: string): boolean
}

interface RegExpFinder {
  /** The number of groups in parentheses. */
  readonly groups: number
  /** The numbers of the groups that have names. */
  readonly named: ReadonlyMap<string, number>
  /** The leftmost match and what its groups matched, '' for none; undefined without a match (Go's FindStringSubmatch). */
  find(text: string): readonly string[] | undefined
}

/** Compiles a pattern in RE2 syntax, as Go's regexp.Compile; an invalid pattern has Go's error message. */
export function compileRegExp(pattern: string): Result<RegExpMatcher> {
  const result = compile(pattern)
  return result.ok ? { ok: true, value: { test: (text) => result.value.test(text) } } : result
}

/** As `compileRegExp`, for patterns whose groups are used. */
export function findRegExp(pattern: string): Result<RegExpFinder> {
  const result = compile(pattern)
  if (!result.ok) return result
  const compiled = result.value
  const groups = compiled.groupCount()
  const named = new Map(Object.entries(compiled.namedGroups()))
  const find = (text: string) => {
    const matcher = compiled.matcher(text)
    if (!matcher.find()) return undefined
    return Array.from({ length: groups + 1 }, (_, group) => matcher.group(group) ?? '')
  }
  return { ok: true, value: { groups, named, find } }
}

function compile(pattern: string): Result<RE2JS> {
  const { RE2JS, RE2JSSyntaxException } = loadRe2js()
  try {
    return { ok: true, value: RE2JS.compile(pattern) }
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    const part = error.getPattern() ?? ''
    return {
      ok: false,
      message: `error parsing regexp: ${error.getDescription()}: \`${part}\``,
    }
  }
}

/** Loads re2js with the first pattern: it uses 1.4 MiB, and most Corefiles have no pattern. */
function loadRe2js(): typeof import('re2js') {
  return require('re2js') as typeof import('re2js')
}
