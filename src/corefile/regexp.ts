// Regular expressions of a Corefile: RE2 as Go has it, matched in linear time by re2js. A pattern that CoreDNS does not
// start with is refused in Go's words.
import { createRequire } from 'node:module'
import type { Result } from './go-text.ts'

interface RegExpMatcher {
  /** True when the pattern matches somewhere in the text. */
  test(text: string): boolean
}

/** Compiles a pattern in RE2 syntax (Go's regexp.Compile). The message of a bad pattern is Go's. */
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

const require = createRequire(import.meta.url)

/** Loaded with the first pattern: re2js takes 1.4 MiB, and most Corefiles have no pattern. */
function loadRe2js(): typeof import('re2js') {
  return require('re2js') as typeof import('re2js')
}
