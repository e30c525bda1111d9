// Go's regular expressions (RE2) as JavaScript ones, as far as Corefiles use them: the same inline flags,
// named groups and anchors; what RE2 does not have is refused with Go's text, because a pattern that
// CoreDNS would not start with shall not start here.
import type { Result } from './go-text.ts'

/** Compiles a Go pattern; the message of a bad one starts as Go's does. */
export function goRegExp(pattern: string): Result<RegExp> {
  const fail = (why: string): Result<RegExp> => ({
    ok: false,
    message: `error parsing regexp: ${why}`,
  })
  const foreign = /^(?:\\[^1-9k]|[^\\])*?(\(\?(?:=|!|<=|<!)|\\[1-9k])/s.exec(pattern)?.[1]
  if (foreign?.startsWith('\\')) return fail(`invalid escape sequence: \`${foreign}\``)
  if (foreign?.startsWith('(?<')) {
    const rest = pattern.slice(pattern.indexOf(foreign))
    return fail(`invalid named capture: \`${/^.*?>/s.exec(rest)?.[0] ?? rest}\``)
  }
  if (foreign !== undefined) return fail(`invalid or unsupported Perl syntax: \`${foreign}\``)
  let source = pattern.replaceAll(/\\[\s\S]|\(\?P</g, (found) => {
    if (found === '(?P<') return '(?<'
    if (found === '\\A') return '^'
    return found === '\\z' ? '$' : found
  })
  const flags = /^\(\?([ims]+)\)/.exec(source)
  if (flags !== null) source = `(?${flags[1]}:${source.slice(flags[0].length)})`
  try {
    return { ok: true, value: compile(source) }
  } catch (error) {
    return fail(reason(error instanceof Error ? error.message : String(error), pattern))
  }
}

// Unicode mode has \p{..} but refuses harmless escapes such as "\-", which Go takes.
function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch {
    return new RegExp(source)
  }
}

function reason(message: string, pattern: string): string {
  if (message.includes('Unterminated group')) return `missing closing ): \`${pattern}\``
  if (message.includes("Unmatched ')'")) return `unexpected ): \`${pattern}\``
  if (message.includes('Unterminated character class')) {
    return `missing closing ]: \`${pattern.slice(pattern.indexOf('['))}\``
  }
  if (message.includes('Nothing to repeat')) {
    const operator = /[*+?]+/.exec(pattern)?.[0] ?? ''
    return `missing argument to repetition operator: \`${operator}\``
  }
  return message.replace(/^Invalid regular expression: /, '')
}
