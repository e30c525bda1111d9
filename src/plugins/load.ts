// Loads a Corefile for its two uses: the configuration to run, and an explanation in plain English for
// `clusterset-dns check`.
import type { Config } from '../config.ts'
import type { Token } from '../corefile/lexer.ts'
import { directives } from './directives.ts'
import { sentenceList } from './plugin.ts'
import { type LoadedBlock, type LoadOptions, setUp } from './set-up.ts'

export type { LoadOptions } from './set-up.ts'

/** The explanation of one line of a Corefile. */
interface Explanation {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** Converts a Corefile to a configuration. Throws CorefileError. */
export function loadConfig(options: LoadOptions): Config {
  return setUp(options).config
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
    return line(tokens[0]!, `${name}: ${directives.get(name)!.describe(parts.get(name)!)}`)
  })
  return [line(source.keys[0]!, title), ...details]
}
