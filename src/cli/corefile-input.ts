// Selects the Corefile: -conf, standard input, ./Corefile, or CoreDNS' built-in Corefile when there is none
// (coredns coremain/run.go confLoader and defaultLoader).
import { existsSync, readFileSync, statSync } from 'node:fs'
import type { Config } from '../config.ts'
import { realFiles } from '../corefile/files.ts'
import { CodedError, errorText } from '../errors.ts'
import { loadConfig } from '../plugins/load.ts'
import type { LoadOptions } from '../plugins/set-up.ts'
import type { Flags } from './flags.ts'

/** A Corefile that can be read again for a reload. */
interface CorefileInput {
  /** The file name in error messages. */
  readonly file: string
  /** Reads the text; throws CodedError (COREFILE) if the file cannot be read. */
  read(): string
}

/** The input that -conf selects. */
export function corefileInput({ conf }: Pick<Flags, 'conf'>): CorefileInput {
  if (conf === 'stdin') {
    // A pipe can be read only once; a reload sees the same text.
    const text = process.stdin.isTTY ? '' : readFileSync(0, 'utf8')
    return { file: '/dev/stdin', read: () => text }
  }
  if (conf !== '') return { file: conf, read: () => readFile(conf) }
  return { file: 'Corefile', read: () => (existsSync('Corefile') ? readFile('Corefile') : '') }
}

function readFile(file: string): string {
  try {
    if (statSync(file).isDirectory()) throw new CodedError('COREFILE', 'is a directory')
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const reasons = new Map<unknown, string>([
      ['ENOENT', 'no such file or directory'],
      ['EACCES', 'permission denied'],
    ])
    const reason = reasons.get(code) ?? errorText(error)
    throw new CodedError('COREFILE', `loading Caddyfile via flag: open ${file}: ${reason}`)
  }
}

/** The options of `loadConfig` for this input; `port` is the default port. */
export function loadOptions(input: CorefileInput, port: number): LoadOptions {
  return {
    file: input.file,
    text: input.read(),
    port,
    env: process.env,
    files: realFiles,
    cwd: process.cwd(),
  }
}

/**
 * Reads and parses the Corefile; throws CodedError or CorefileError. `onRead` gets the text of each file that is read,
 * imports included.
 */
export function readConfig(
  input: CorefileInput,
  port: number,
  onRead: (text: string) => void = () => {},
): Config {
  const options = loadOptions(input, port)
  onRead(options.text)
  const read = (path: string) => {
    const text = realFiles.read(path)
    onRead(text)
    return text
  }
  return loadConfig({ ...options, files: { ...realFiles, read } })
}
