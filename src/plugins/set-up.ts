// From the text of a Corefile to what it means: parse, check the keys, set up every directive, group the
// blocks by listen address; in CoreDNS' order, so that of several mistakes the same one is reported.
import { availableParallelism, networkInterfaces } from 'node:os'
import type { BlockConfig, BlockSettings, Config, PluginConfig } from '../config.ts'
import { Dispenser } from '../corefile/dispenser.ts'
import type { Env } from '../corefile/env.ts'
import { CorefileError, prefixed, unsupportedError } from '../corefile/error.ts'
import type { CorefileFiles } from '../corefile/files.ts'
import { corefileHash } from '../corefile/hash.ts'
import { parseKey, type ZoneKey } from '../corefile/keys.ts'
import { listenGroups } from '../corefile/listen.ts'
import { type Parsed, parseCorefile, type ServerBlock } from '../corefile/parser.ts'
import { directives } from './directives.ts'
import type { Controller, Interfaces } from './plugin.ts'

export interface LoadOptions {
  /** The name of the Corefile, as messages shall show it. */
  readonly file: string
  readonly text: string
  /** The port of keys without one. */
  readonly port: number
  readonly env: Env
  readonly files: CorefileFiles
  /** The folder that `file` is relative to. */
  readonly cwd: string
  /** Default: those of this machine. */
  readonly interfaces?: Interfaces
  /** Processors that may be used. Default: what the machine and its cgroup grant. */
  readonly parallelism?: number
}

/** A server block, with all its directives set up. */
export interface LoadedBlock {
  readonly keys: readonly ZoneKey[]
  readonly source: ServerBlock
  /** By directive. */
  readonly parts: ReadonlyMap<string, PluginConfig>
  readonly settings: BlockSettings
  readonly addresses: readonly string[]
  readonly sockets: number
}

/** Sockets of an address without `multisocket`: more threads than this are a choice, not a default. */
const DEFAULT_MAX_SOCKETS = 4

export interface Loaded {
  readonly config: Config
  readonly blocks: readonly LoadedBlock[]
  /** True when the Corefile has no block and CoreDNS' built-in one is used. */
  readonly builtIn: boolean
}

/** The configuration that a Corefile stands for, and the parts it was made of. Throws CorefileError. */
export function setUp(options: LoadOptions): Loaded {
  const written = parse(options)
  const builtIn = written.blocks.length === 0
  const text = `.:${options.port} {\nwhoami\nlog\n}\n`
  const parsed = builtIn ? parse({ ...options, file: 'Corefile', text }) : written
  const keys = parsed.blocks.map((block) => blockKeys(block, options))
  const warnings = [...written.warnings]
  const parts = setUpAll(parsed.blocks, keys, options, warnings)

  const { parallelism = availableParallelism() } = options
  const configs = parts.map(blockConfig)
  const blocks = parsed.blocks.map((source, i) => {
    const { addresses = [''], sockets = Math.min(DEFAULT_MAX_SOCKETS, parallelism) } =
      configs[i]!.settings
    return {
      keys: keys[i]!,
      source,
      parts: parts[i]!,
      settings: configs[i]!.settings,
      addresses,
      sockets,
    }
  })
  const config = {
    blocks: configs,
    groups: listenGroups(blocks),
    hash: corefileHash(written.blocks),
    warnings,
  }
  return { config, blocks, builtIn }
}

function parse(options: LoadOptions): Parsed {
  return parseCorefile({ ...options, directives })
}

function blockKeys(block: ServerBlock, options: LoadOptions): readonly ZoneKey[] {
  return block.keys.flatMap((token) => {
    const at = { ...token, file: token.file || options.file }
    return parseKey(token.text, options.port, at)
  })
}

// CoreDNS goes through the directives in their order and sets each up in all blocks that have it.
function setUpAll(
  blocks: readonly ServerBlock[],
  keys: readonly (readonly ZoneKey[])[],
  options: LoadOptions,
  warnings: string[],
): readonly ReadonlyMap<string, PluginConfig>[] {
  const { interfaces = networkInterfaces(), parallelism = availableParallelism() } = options
  const parts = blocks.map(() => new Map<string, PluginConfig>())
  for (const [name, plugin] of directives) {
    for (const [i, block] of blocks.entries()) {
      const tokens = block.directives.get(name)
      if (tokens === undefined) continue
      const prefix = `plugin/${name}: `
      const controller: Controller = {
        tokens: new Dispenser(options.file, tokens),
        zones: keys[i]!.map(({ zone }) => zone),
        interfaces,
        parallelism,
        warn: (message) => warnings.push(`${prefix}${message}`),
      }
      try {
        if (plugin === undefined) {
          const at = { ...tokens[0]!, file: tokens[0]!.file || options.file }
          throw unsupportedError(at, `directive '${name}'`)
        }
        parts[i]!.set(name, plugin.setup(controller))
      } catch (error) {
        throw error instanceof CorefileError ? prefixed(prefix, error) : error
      }
    }
  }
  return parts
}

function blockConfig(parts: ReadonlyMap<string, PluginConfig>): BlockConfig {
  const settings = [...parts].map(([name, part]) => directives.get(name)?.settings?.(part))
  return { directives: [...parts.values()], settings: Object.assign({}, ...settings) }
}
