// Loads a Corefile for its two uses: the configuration to run, and an explanation in plain English for
// `clusterset-dns check`.
import type { Config } from '../config.ts'
import { CorefileError } from '../corefile/error.ts'
import type { Token } from '../corefile/lexer.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import { directives } from './directives.ts'
import { explainReach } from './explain-reach.ts'
import { sentenceList } from './plugin.ts'
import { type LoadedBlock, type LoadOptions, setUp } from './set-up.ts'

export type { LoadOptions } from './set-up.ts'

/** The explanation of one line of a Corefile. */
export interface Explanation {
  readonly file: string
  readonly line: number
  readonly text: string
  /** The source of Kubernetes objects that the line's directive reads. */
  readonly source?: SourceSpec
  /** The file of the snapshot that the line's directive writes. */
  readonly snapshot?: string
  /** Names that the line's directive is for and does not get. */
  readonly warnings: readonly string[]
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
  const { blocks, config, builtIn } = setUp(options)
  const text = "no server block: CoreDNS' default"
  const builtInNote = { file: options.file, line: 0, text, warnings: [] }
  const context = { blocks, groups: config.groups, mainFile: options.file }
  const lines = blocks.flatMap((_, index) => explainBlock(index, context))
  return builtIn ? [builtInNote, ...lines.map((line) => ({ ...line, line: 0 }))] : lines
}

interface Context {
  readonly blocks: readonly LoadedBlock[]
  readonly groups: Config['groups']
  readonly mainFile: string
}

function explainBlock(index: number, context: Context): readonly Explanation[] {
  const block = context.blocks[index]!
  const line = (token: Token, text: string) => ({
    file: token.file || context.mainFile,
    line: token.line,
    text,
    warnings: [],
  })
  const details = [...block.source.directives].map(([name, tokens]) => {
    const plugin = directives.get(name)!
    const config = block.parts.get(name)!
    const source = plugin.source?.(config)
    const snapshot = plugin.snapshot?.(config)
    const { notes, warnings } = reachOf(plugin.zones?.(config) ?? [], name, index, context)
    const text = [`${name}: ${plugin.describe(config)}`, ...notes].join('; ')
    return {
      ...line(tokens[0]!, text),
      warnings,
      ...(source === undefined ? {} : { source }),
      ...(snapshot === undefined ? {} : { snapshot }),
    }
  })
  return [line(block.source.keys[0]!, titleOf(block)), ...details]
}

function titleOf({ keys, settings, addresses, sockets }: LoadedBlock): string {
  const zones = new Map<number, string[]>()
  for (const { zone, port } of keys) zones.set(port, [...(zones.get(port) ?? []), zone])
  const served = [...zones].map(([port, names]) => {
    return `${sentenceList(names.map((zone) => (zone === '.' ? 'all names' : zone)))} on port ${port}`
  })
  const where = addresses.includes('') ? 'all addresses' : sentenceList(addresses) || 'no address'
  const socketNote = settings.sockets !== undefined ? `, ${sockets} sockets each` : ''
  return `serves ${sentenceList(served)} of ${where} over UDP and TCP${socketNote}`
}

function reachOf(zones: readonly string[], directive: string, block: number, context: Context) {
  const { blocks, groups, mainFile } = context
  const placeOf = (index: number) => {
    const { file, line } = blocks[index]!.source.keys[0]!
    return `${file || mainFile}:${line}`
  }
  const all = zones.map((zone) => explainReach({ groups, block, directive, zone, placeOf }))
  return {
    notes: all.flatMap(({ notes }) => notes),
    warnings: all.flatMap(({ warnings }) => warnings),
  }
}
