// Converts the text of a Corefile to a configuration: parses it, checks the keys, sets up each directive, and groups
// the blocks by listen address. The order is that of CoreDNS, so that the same one of several mistakes is reported.
import { availableParallelism, networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
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
import type { BlockCheck, Controller, Interfaces, Plugin } from './plugin.ts'

/** A Corefile, and the environment in which it is read. */
export interface LoadOptions {
  /** The name of the Corefile in messages. */
  readonly file: string
  readonly text: string
  /** The port of keys without one. */
  readonly port: number
  readonly env: Env
  readonly files: CorefileFiles
  /** The folder to which `file` is relative. */
  readonly cwd: string
  /** Default: those of this machine. */
  readonly interfaces?: Interfaces
  /** The number of processors that the process may use. Default: `availableParallelism`. */
  readonly parallelism?: number
}

/** A server block after the setup of its directives. */
export interface LoadedBlock {
  readonly keys: readonly ZoneKey[]
  readonly source: ServerBlock
  /** The configurations of its plugins, by directive. */
  readonly parts: ReadonlyMap<string, PluginConfig>
  readonly settings: BlockSettings
  readonly addresses: readonly string[]
  readonly sockets: number
}

/** The most sockets of an address without `multisocket`. */
const DEFAULT_MAX_SOCKETS = 4

/** The result of `setUp`. */
interface Loaded {
  readonly config: Config
  readonly blocks: readonly LoadedBlock[]
  /** True if the Corefile has no block and CoreDNS' built-in block is used. */
  readonly builtIn: boolean
}

/** Gets an error of a Corefile that does not end its reading. */
type Report = (error: CorefileError) => void

/**
 * Converts a Corefile to a configuration and its server blocks. Throws the first CorefileError. With `report`, the errors
 * after which reading can go on are reported instead, and the result is complete only without any.
 */
export function setUp(options: LoadOptions, report?: Report): Loaded {
  const written = parse(options, report)
  const builtIn = written.blocks.length === 0
  const text = `.:${options.port} {\nwhoami\nlog\n}\n`
  const parsed = builtIn ? parse({ ...options, file: 'Corefile', text }) : written
  const keys = parsed.blocks.map((block) => blockKeys(block, options, report))
  const warnings = [...written.warnings]
  const parts = setUpAll(parsed.blocks, keys, options, warnings, report)

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

function parse(options: LoadOptions, report?: Report): Parsed {
  return parseCorefile({
    ...options,
    directives,
    ...(report === undefined ? {} : { onUnknown: report }),
  })
}

function blockKeys(block: ServerBlock, options: LoadOptions, report?: Report): readonly ZoneKey[] {
  return block.keys.flatMap((token) => {
    const at = { ...token, file: token.file || options.file }
    try {
      return parseKey(token.text, options.port, at)
    } catch (error) {
      if (report === undefined || !(error instanceof CorefileError)) throw error
      report(error)
      return []
    }
  })
}

// Like CoreDNS, sets up one directive after the other, each in all blocks that have it.
function setUpAll(
  blocks: readonly ServerBlock[],
  keys: readonly (readonly ZoneKey[])[],
  options: LoadOptions,
  warnings: string[],
  report?: Report,
): readonly ReadonlyMap<string, PluginConfig>[] {
  const { interfaces = networkInterfaces(), parallelism = availableParallelism() } = options
  const parts = blocks.map(() => new Map<string, PluginConfig>())
  const claims: Controller['claims'] = new Map()
  const attempt = (name: string, plugin: Plugin | undefined, act: () => void) => {
    try {
      act()
    } catch (error) {
      if (!(error instanceof CorefileError)) throw error
      const named = prefixed(`plugin/${name}: `, error).suggest(wordsOf(plugin))
      if (report === undefined) throw named
      report(named)
    }
  }
  for (const [name, plugin] of directives) {
    for (const [i, block] of blocks.entries()) {
      const tokens = block.directives.get(name)
      if (tokens === undefined) continue
      const controller: Controller = {
        tokens: new Dispenser(options.file, tokens),
        zones: keys[i]!.map(({ zone }) => zone),
        interfaces,
        parallelism,
        root: blockConfig(parts[i]!).settings.root,
        readFile: (path) => options.files.read(resolve(options.cwd, path)),
        fileKind: (path) => options.files.kind(resolve(options.cwd, path)),
        claims,
        warn: (message) => warnings.push(`plugin/${name}: ${message}`),
      }
      attempt(name, plugin, () => {
        if (plugin === undefined) {
          const at = { ...tokens[0]!, file: tokens[0]!.file || options.file }
          throw unsupportedError(at, `directive '${name}'`)
        }
        parts[i]!.set(name, plugin.setup(controller))
      })
    }
  }
  for (const [i, block] of blocks.entries()) {
    const all = withPlugins(parts[i]!)
    for (const [name, { plugin, config }] of all) {
      const tokens = new Dispenser(options.file, block.directives.get(name)!)
      tokens.next()
      const warn = (message: string) => warnings.push(`plugin/${name}: ${message}`)
      attempt(name, plugin, () => plugin.checkBlock?.(config, { tokens, parts: all, warn }))
    }
  }
  return parts
}

function withPlugins(parts: ReadonlyMap<string, PluginConfig>): BlockCheck['parts'] {
  return new Map(
    [...parts].map(([name, config]) => [name, { plugin: directives.get(name)!, config }]),
  )
}

/** The words that the syntax of a plugin has besides its arguments, which are in capitals. */
function wordsOf(plugin: Plugin | undefined): readonly string[] {
  return plugin?.syntax.match(/\b[a-z][a-z_-]+\b/g) ?? []
}

function blockConfig(parts: ReadonlyMap<string, PluginConfig>): BlockConfig {
  const settings = [...parts].map(([name, part]) => directives.get(name)?.settings?.(part))
  return { directives: [...parts.values()], settings: Object.assign({}, ...settings) }
}
