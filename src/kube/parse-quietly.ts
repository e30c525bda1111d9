// A YAML parser whose errors quote nothing.
import { parse, YAMLParseError } from 'yaml'
import { yamlOptions } from './yaml-options.ts'

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
