// Patterns of rules at setup: whether Go compiles them, and whether their groups are enough for the text that uses them.
import { findRegExp } from '../../corefile/regexp.ts'
import { RuleError } from './rule-error.ts'

/** Bytes. */
const PATTERN_MAX_SIZE = 10_000
/** The highest group that a text may use is {100}. */
const GROUPS = 101

/** The number of groups in `pattern`; throws the RuleError of `invalid` or `tooLong` for a bad one. */
function groupsOf(pattern: string, tooLong: string, invalid: string, at?: number): number {
  const size = Buffer.byteLength(pattern)
  if (size > PATTERN_MAX_SIZE) {
    throw new RuleError(`${tooLong}: ${size} > ${PATTERN_MAX_SIZE}`, at)
  }
  // Most are names; re2js is not loaded for them.
  if (/^[\w.-]*$/.test(pattern)) return 0
  // Bytes that are not UTF-8 are U+FFFD here; Go refuses them.
  const compiled = pattern.includes('\ufffd') ? undefined : findRegExp(pattern)
  if (!compiled?.ok) {
    const reason = compiled?.message ?? 'error parsing regexp: invalid UTF-8'
    throw new RuleError(
      invalid.replace('{reason}', () => reason),
      at,
    )
  }
  return compiled.value.groups
}

/**
 * Checks the pattern of a name or answer rule and the text that replaces it (coredns plugin/rewrite
 * isValidRegexPattern). Throws RuleError; `at` is the index of the pattern among the arguments.
 */
export function checkReplacement(from: string, to: string, at: number): void {
  const groups = groupsOf(
    from,
    'regex pattern too long',
    `invalid regex matching pattern: ${from}`,
    at,
  )
  if (usedGroups(to) > groups) {
    const why = 'uses more subexpressions than its corresponding matching regex pattern'
    throw new RuleError(`the rewrite regex pattern (${to}) ${why} (${from})`, at + 1)
  }
}

/** Checks the pattern of a ttl, rcode or cname rule. Throws RuleError with the text `invalid`. */
export function checkPattern(pattern: string, rule: string, invalid: string, at: number): void {
  groupsOf(pattern, `regex pattern too long in a ${rule} rule`, invalid, at)
}

function usedGroups(text: string): number {
  let used = 0
  for (let i = 0; i < GROUPS; i++) if (text.includes(`{${i}}`)) used++
  return used
}
