// The formats in which commands print: text for people, a wider table, JSON and YAML. The documents of JSON and YAML are
// the same.
import { stringify } from 'yaml'
import { printable } from '../printable.ts'
import type { Paint, Tone } from './colour.ts'
import { usageError } from './parse-options.ts'
import { OUTPUT_FORMATS } from './shared-flags.ts'

/** `text` is the default. */
export type OutputFormat = 'text' | (typeof OUTPUT_FORMATS)[number]

/** The value of `-o`. Throws FlagError for one that is none of `formats`. */
export function outputFormat(
  value: string | undefined,
  formats: readonly OutputFormat[] = OUTPUT_FORMATS,
): OutputFormat {
  if (value === undefined) return 'text'
  const format = formats.find((one) => one === value)
  if (format !== undefined) return format
  throw usageError(`--output is "${value}", not ${formats.join(' or ')}`)
}

/** True for a format of `documentText`; the others are texts for people. */
export function isDocument(format: OutputFormat): format is 'json' | 'yaml' {
  return format === 'json' || format === 'yaml'
}

/** The document in the format, with a newline at its end. `undefined` fields are left out. */
export function documentText(document: object, format: 'json' | 'yaml'): string {
  if (format === 'json') return `${JSON.stringify(document, undefined, 2)}\n`
  // Without folding, a line of the document is a line of the text.
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** A cell of a table; foreign texts in it are escaped. */
export type Cell = string | { readonly tone: Tone; readonly text: string }

/** The lines of a table: columns as wide as their longest cell, two spaces between them. `head` has the titles. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): readonly string[] {
  const lines = [head, ...rows].map((cells) => cells.map(asText))
  const widths = head.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.text.length ?? 0)))
  return lines.map((cells) => {
    // The last cell has no spaces after it.
    const end = cells.findLastIndex(({ text }) => text !== '')
    return cells
      .slice(0, end + 1)
      .map(({ tone, text }, i) => {
        const shown = tone === undefined ? text : paint(tone, text)
        return i === end ? shown : `${shown}${' '.repeat((widths[i] ?? 0) - text.length)}  `
      })
      .join('')
  })
}

function asText(cell: Cell): { readonly tone?: Tone; readonly text: string } {
  return typeof cell === 'string'
    ? { text: printable(cell) }
    : { tone: cell.tone, text: printable(cell.text) }
}
