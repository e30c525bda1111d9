// `clusterset-dns check`: explains each line of a Corefile, or prints all its errors, each with its line and a caret.
// Warns of names that do not reach the directive they are for, and of files and folders that are missing on this
// machine: it may run elsewhere than the server.
import { existsSync, readFileSync } from 'node:fs'
import { errorText } from '../errors.ts'
import { corefileErrors, type Explanation, explainConfig } from '../plugins/load.ts'
import { checkSource } from '../sources/check.ts'
import { checkSnapshotFile } from '../sources/snapshot/check.ts'
import { corefileInput, loadOptions } from './corefile-input.ts'
import {
  type CorefileReport,
  type ExplainedLine,
  printReport,
  reportDocument,
} from './corefile-report.ts'
import type { Flags } from './flags.ts'

/** Resolves to the exit code: 0 when the Corefile is valid, else 1. */
export async function checkCommand(flags: Flags): Promise<number> {
  const input = corefileInput(flags)
  const options = loadOptions(input, flags.port)
  const errors = corefileErrors(options)
  const report: CorefileReport = {
    file: input.file,
    isDefault: flags.conf === '' && !existsSync(input.file),
    errors,
    // One after the other: each kubeconfig takes a process.
    lines: errors.length > 0 ? [] : await Array.fromAsync(explainConfig(options), withMachine),
  }
  if (flags.output === 'text') {
    printReport(report, (file) => (file === input.file ? options.text : textOf(file)))
  } else {
    // It loads a library, which a server needs for manifests only.
    const { documentText } = await import('./output.ts')
    process.stdout.write(documentText(reportDocument(report), flags.output))
  }
  return errors.length > 0 ? 1 : 0
}

/** The line with warnings of what is missing on this machine. */
async function withMachine({
  file,
  line,
  text,
  warnings,
  source,
  snapshot,
}: Explanation): Promise<ExplainedLine> {
  const missing: string[] = []
  const warn = (error: unknown) => {
    const reason = `${errorText(error)}; the server does not start where this holds`
    missing.push(`on this machine ${reason}`)
  }
  if (source !== undefined) await checkSource(source).catch(warn)
  try {
    if (snapshot !== undefined) checkSnapshotFile(snapshot)
  } catch (error) {
    warn(error)
  }
  return { file, line, text, warnings: [...warnings, ...missing] }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
