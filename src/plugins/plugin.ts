// What every plugin has for its directive: a name, its syntax, a setup that reads the tokens, and a
// description. Setup gives plain data; what runs at query time is in other files.
import type { HandlerConfig, HealthConfig, ReadyConfig, ReloadConfig } from '../config.ts'
import type { Dispenser } from '../corefile/dispenser.ts'
import { CorefileError } from '../corefile/error.ts'

export type BindPart = { readonly plugin: 'bind'; readonly addresses: readonly string[] }
export type BufsizePart = { readonly plugin: 'bufsize'; readonly size: number }
export type DebugPart = { readonly plugin: 'debug' }
export type HealthPart = HealthConfig & { readonly plugin: 'health' }
export type MultisocketPart = { readonly plugin: 'multisocket'; readonly sockets: number }
export type ReadyPart = ReadyConfig & { readonly plugin: 'ready' }
export type ReloadPart = ReloadConfig & { readonly plugin: 'reload' }

/** What one directive adds to the configuration: a link of the plugin chain, or a setting. */
export type Part =
  | HandlerConfig
  | BindPart
  | BufsizePart
  | DebugPart
  | HealthPart
  | MultisocketPart
  | ReadyPart
  | ReloadPart

/** A network interface with its addresses, as os.networkInterfaces() gives them. */
export type Interfaces = Readonly<
  Record<
    string,
    | readonly { readonly address: string; readonly family: string; readonly scopeid?: number }[]
    | undefined
  >
>

/** What a setup may use: its tokens, and what it needs to know of the block and the machine. */
export interface Controller {
  readonly tokens: Dispenser
  /** The zones of the block, lower case with a final dot. */
  readonly zones: readonly string[]
  readonly interfaces: Interfaces
  readonly parallelism: number
  /** Adds a line to the warnings that are logged at start. */
  warn(message: string): void
}

export interface Plugin<P extends Part = Part> {
  readonly name: string
  readonly syntax: string
  /** Reads all tokens of the directive in one block. Throws CorefileError, without "plugin/NAME: ". */
  setup(controller: Controller): P
  /** One plain English line for `clusterset-dns check`. */
  describe(part: P): string
}

/** For plugins that may stand once in a block: true the first time, an error after that. */
export function nextOnce(tokens: Dispenser, times: { count: number }): boolean {
  if (!tokens.next()) return false
  if (times.count++ > 0) {
    const message = 'this plugin can only be used once per Server Block'
    throw new CorefileError(message, tokens.position())
  }
  return true
}

/** "a", "a and b", "a, b and c". */
export function sentenceList(items: readonly string[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
