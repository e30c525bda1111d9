// Regular expressions in a Corefile: the RE2 syntax of Go, matched in linear time by re2js. Patterns that CoreDNS
// rejects are rejected with Go's error text.
import { require } from '../require.ts'
import type { Result } from './go-text.ts'

interface RegExpMatcher {
  /** True when the pattern matches somewhere in the text. */
  test(text: string): boolean
}

/** Compiles a pattern in RE2 syntax, as Go's regexp.Compile; an invalid pattern has Go's error message. */
export function compileRegExp(pattern: string): Result<RegExpMatcher> {
  const { RE2JS, RE2JSSyntaxException } = loadRe2js()
  try {
    const compiled = RE2JS.compile(pattern)
    return { ok: true, value: { test: (text) => compiled.test(text) } }
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
