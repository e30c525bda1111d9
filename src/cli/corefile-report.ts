// What `clusterset-dns check` found in a Corefile, as text for people or as a document for programs.
import { caretLines } from '../corefile/caret.ts'
import type { CorefileError } from '../corefile/error.ts'
import { printTo } from './terminal.ts'

/** A line of a Corefile that is valid. */
export interface ExplainedLine {
  readonly file: string
  /** From 1; 0 for a Corefile that does not exist. */
  readonly line: number
  readonly text: string
  readonly warnings: readonly string[]
}

/** What was found. */
export interface CorefileReport {
  /** The file, as -conf names it. */
  readonly file: string
  /** True when there is no file, so that CoreDNS' default was looked at. */
  readonly isDefault: boolean
  readonly errors: readonly CorefileError[]
  /** Empty when there are errors. */
  readonly lines: readonly ExplainedLine[]
}

/** Prints errors and warnings to stderr, and the rest to stdout. `textOf` gives the text of a file, '' if it cannot be read. */
export function printReport(
  { file, isDefault, errors, lines }: CorefileReport,
  textOf: (file: string) => string,
): void {
  if (isDefault) {
    const folder = process.cwd()
    printTo(process.stdout, `There is no ${file} in ${folder}; -conf FILE names another one`)
  }
  for (const error of errors) {
    const shown = [placed(error), ...caretLines(error, textOf(error.file), error.meant)]
    printTo(process.stderr, shown.join('\n'))
  }
  for (const { file: from, line, text, warnings } of lines) {
    printTo(process.stdout, `${from}:${line}: ${text}`)
    for (const warning of warnings) printTo(process.stderr, `${from}:${line}: WARNING: ${warning}`)
  }
}

/** The message with file and line, which some of CoreDNS' texts lack. */
function placed({ file, line, message }: CorefileError): string {
  return message.includes(`${file}:${line}`) ? message : `${file}:${line}: ${message}`
}

/** The document of `-o json` and `-o yaml`; docs/check.md describes it. */
export function reportDocument({ file, isDefault, errors, lines }: CorefileReport): object {
  return {
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'CorefileCheck',
    file,
    default: isDefault,
    valid: errors.length === 0,
    errors: errors.map(({ file: from, line, column, message, meant }) => {
      return { file: from, line, column, message, meant: meant ?? null }
    }),
    lines,
  }
}
