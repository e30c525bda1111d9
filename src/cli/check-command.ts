// `clusterset-dns check`: explains each line of a Corefile, or prints its error with the line and a caret.
import { readFileSync } from 'node:fs'
import { caretLines } from '../corefile/caret.ts'
import { CorefileError } from '../corefile/error.ts'
import { explainConfig } from '../plugins/load.ts'
import { corefileInput, loadOptions } from './corefile-input.ts'
import type { Flags } from './flags.ts'

/** Returns the exit code: 0 when the Corefile is valid, else 1. */
export function checkCommand(flags: Flags): number {
  const input = corefileInput(flags)
  let text = ''
  try {
    const options = loadOptions(input, flags.port)
    text = options.text
    for (const { file, line, text: meaning } of explainConfig(options)) {
      process.stdout.write(`${file}:${line}: ${meaning}\n`)
    }
    return 0
  } catch (error) {
    if (!(error instanceof CorefileError)) throw error
    const lines = [error.message, ...caretLines(error, sourceOf(error, input.file, text))]
    process.stderr.write(`${lines.join('\n')}\n`)
    return 1
  }
}

function sourceOf(error: CorefileError, file: string, text: string): string {
  if (error.file === file) return text
  try {
    return readFileSync(error.file, 'utf8')
  } catch {
    return ''
  }
}
