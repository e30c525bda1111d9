// Options of every call of the library `yaml`, and a parser whose errors quote nothing.
import { parse, YAMLParseError } from 'yaml'

/**
 * `logLevel`: the library's own warnings would go to standard error, past the log. `prettyErrors`: its multi-line errors
 * quote the text, which may hold tokens.
 */
export const yamlOptions = { logLevel: 'error', prettyErrors: false } as const

/**
 * Parses a text that holds secrets. Throws an Error with the place and the kind of a mistake: the library's texts quote
 * aliases, tags and unexpected words, and a token or password may begin with `*`, `!`, `|` or `>`.
 */
export function parseQuietly(text: string): unknown {
  try {
    return parse(text, yamlOptions)
  } catch (error) {
    if (!(error instanceof YAMLParseError)) {
      throw new Error('it is not valid YAML: an alias has no anchor, or there are too many')
    }
    const lines = text.slice(0, error.pos[0]).split('\n')
    const column = (lines.at(-1)?.length ?? 0) + 1
    const kind = error.code.toLowerCase().replaceAll('_', ' ')
    throw new Error(`it is not valid YAML: line ${lines.length}, column ${column}: ${kind}`)
  }
}
