// `clusterset-dns check`: explains each line of a Corefile, or prints all its errors, each with its line and a caret.
// Warns of names that do not reach the directive they are for, and of files and folders that are missing on this
// machine: it may run elsewhere than the server.
import { existsSync, readFileSync } from 'node:fs'
import { caretLines } from '../corefile/caret.ts'
import type { CorefileError } from '../corefile/error.ts'
import { errorText } from '../errors.ts'
import { corefileErrors, explainConfig } from '../plugins/load.ts'
import { checkSource } from '../sources/check.ts'
import { checkSnapshotFile } from '../sources/snapshot/check.ts'
import { corefileInput, loadOptions } from './corefile-input.ts'
import type { Flags } from './flags.ts'
import { printTo } from './terminal.ts'

/** Resolves to the exit code: 0 when the Corefile is valid, else 1. */
export async function checkCommand(flags: Flags): Promise<number> {
  const input = corefileInput(flags)
  const options = loadOptions(input, flags.port)
  if (flags.conf === '' && !existsSync(input.file)) {
    const folder = process.cwd()
    printTo(process.stdout, `There is no ${input.file} in ${folder}; -conf FILE names another one`)
  }
  const errors = corefileErrors(options)
  for (const error of errors) {
    const source = sourceOf(error, input.file, options.text)
    const lines = [placed(error), ...caretLines(error, source, error.meant)]
    printTo(process.stderr, lines.join('\n'))
  }
  if (errors.length > 0) return 1
  for (const { file, line, text, source, snapshot, warnings } of explainConfig(options)) {
    printTo(process.stdout, `${file}:${line}: ${text}`)
    for (const warning of warnings) printTo(process.stderr, `${file}:${line}: WARNING: ${warning}`)
    const warn = (error: unknown) => {
      const reason = `${errorText(error)}; the server does not start where this holds`
      printTo(process.stderr, `${file}:${line}: WARNING: on this machine ${reason}`)
    }
    if (source !== undefined) await checkSource(source).catch(warn)
    if (snapshot === undefined) continue
    try {
      checkSnapshotFile(snapshot)
    } catch (error) {
      warn(error)
    }
  }
  return 0
}

/** The message with file and line, which some of CoreDNS' texts lack. */
function placed({ file, line, message }: CorefileError): string {
  return message.includes(`${file}:${line}`) ? message : `${file}:${line}: ${message}`
}

function sourceOf(error: CorefileError, file: string, text: string): string {
  if (error.file === file) return text
  try {
    return readFileSync(error.file, 'utf8')
  } catch {
    return ''
  }
}
