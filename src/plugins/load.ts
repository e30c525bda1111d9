// Loads a Corefile for its two uses: the configuration to run, and an explanation in plain English for
// `clusterset-dns check`.
import type { Config } from '../config.ts'
import { CorefileError } from '../corefile/error.ts'
import type { Token } from '../corefile/lexer.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import { directives } from './directives.ts'
import { sentenceList } from './plugin.ts'
import { type LoadedBlock, type LoadOptions, setUp } from './set-up.ts'

export type { LoadOptions } from './set-up.ts'

/** The explanation of one line of a Corefile. */
interface Explanation {
  readonly file: string
  readonly line: number
  readonly text: string
  /** The source of Kubernetes objects that the line's directive reads. */
  readonly source?: SourceSpec
}

/** Converts a Corefile to a configuration. Throws CorefileError. */
export function loadConfig(options: LoadOptions): Config {
  return setUp(options).config
}

/**
 * All errors of a Corefile, by line. An error of the syntax ends the search: what follows it has no certain meaning.
 */
export function corefileErrors(options: LoadOptions): readonly CorefileError[] {
  const errors: CorefileError[] = []
  try {
    setUp(options, (error) => errors.push(error))
  } catch (error) {
    if (!(error instanceof CorefileError)) throw error
    errors.push(error)
  }
  const main = (error: CorefileError) => (error.file === options.file ? 0 : 1)
  return errors.sort((a, b) => main(a) - main(b) || a.file.localeCompare(b.file) || a.line - b.line)
}

/** Explains each server block, followed by each of its directives. Throws CorefileError. */
export function explainConfig(options: LoadOptions): readonly Explanation[] {
  const { blocks, builtIn } = setUp(options)
  const builtInNote = { file: options.file, line: 0, text: "no server block: CoreDNS' default" }
  const lines = blocks.flatMap((block) => explainBlock(block, options.file))
  return builtIn ? [builtInNote, ...lines.map((line) => ({ ...line, line: 0 }))] : lines
}

function explainBlock(block: LoadedBlock, mainFile: string): readonly Explanation[] {
  const { keys, source, parts, settings, addresses, sockets } = block
  const line = (token: Token, text: string) => ({
    file: token.file || mainFile,
    line: token.line,
    text,
  })
  const zones = new Map<number, string[]>()
  for (const { zone, port } of keys) zones.set(port, [...(zones.get(port) ?? []), zone])
  const served = [...zones].map(([port, names]) => {
    return `${sentenceList(names.map((zone) => (zone === '.' ? 'all names' : zone)))} on port ${port}`
  })
  const where = addresses.includes('') ? 'all addresses' : sentenceList(addresses) || 'no address'
  const socketNote = settings.sockets !== undefined ? `, ${sockets} sockets each` : ''
  const title = `serves ${sentenceList(served)} of ${where} over UDP and TCP${socketNote}`
  const details = [...source.directives].map(([name, tokens]) => {
    const plugin = directives.get(name)!
    const config = parts.get(name)!
    const source = plugin.source?.(config)
    const explained = line(tokens[0]!, `${name}: ${plugin.describe(config)}`)
    return source === undefined ? explained : { ...explained, source }
  })
  return [line(source.keys[0]!, title), ...details]
}
