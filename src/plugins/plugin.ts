// The contract of a plugin on the control thread: how its directive is set up, and what it keeps while a
// configuration is in force. What it does with queries is in `runtime.ts`.
import type { BlockSettings, PluginConfig } from '../config.ts'
import type { Dispenser } from '../corefile/dispenser.ts'
import { CorefileError } from '../corefile/error.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import type { Log } from '../log.ts'
import type { MetricFamily } from '../metrics.ts'
import type { HttpRoutes } from '../runtime/http.ts'
import type { Source } from '../sources/source.ts'
import type { TableWriter } from '../zone/table-writer.ts'

/** Network interfaces with their addresses, as os.networkInterfaces() gives them. */
export type Interfaces = Readonly<
  Record<
    string,
    | readonly { readonly address: string; readonly family: string; readonly scopeid?: number }[]
    | undefined
  >
>

/** What a setup may use: the directive's tokens, the block and the machine. */
export interface Controller {
  readonly tokens: Dispenser
  /** The zones of the block, lower case with a final dot. */
  readonly zones: readonly string[]
  readonly interfaces: Interfaces
  /** Processors that may be used. */
  readonly parallelism: number
  /** Adds a line to the warnings that are logged at start. */
  warn(message: string): void
}

export interface Plugin<C extends PluginConfig = PluginConfig> {
  /** The directive's name. */
  readonly name: string
  /** The directive and its options on one line, options separated by "; ". The plugin's README repeats it. */
  readonly syntax: string
  /** Reads all tokens of the directive in one block into plain data. Throws CorefileError, without "plugin/NAME: ". */
  setup(controller: Controller): C
  /** One plain English line for `clusterset-dns check`. */
  describe(config: C): string
  /** What the directive sets for its whole block. */
  settings?(config: C): BlockSettings
  /** What the plugin keeps on the control thread. Plugins that share a component share its state. */
  readonly component?: Component<C>
  /** Numbers of shared memory that each answering thread has for this plugin (`RuntimeContext.counters`). */
  readonly counters?: number
}

/** One directive of a configuration. */
export interface Directive<C extends PluginConfig = PluginConfig> {
  /** Index in `Config.blocks`. */
  readonly block: number
  readonly config: C
  /** The plugins of the block that see queries, in order. */
  readonly chain: readonly string[]
}

/** The configuration to prepare, as far as it concerns one component. */
export interface NextConfig<C extends PluginConfig = PluginConfig> {
  readonly directives: readonly Directive<C>[]
  /** `Config.hash`. */
  readonly hash: string
}

/**
 * The control side of a plugin. A start or a reload prepares the new configuration completely beside the running one;
 * then either all components commit, or all discard and the running configuration goes on untouched.
 */
export interface Component<C extends PluginConfig = PluginConfig, S extends Running = Running> {
  /**
   * Opens what the directives need and `previous` lacks. Rejects when the configuration cannot be served; by then it
   * has closed what it opened.
   */
  prepare(next: NextConfig<C>, previous: S | undefined, host: Host): Promise<Prepared<S>>
}

export interface Prepared<S extends Running = Running> {
  /** HTTP routes by address ("HOST:PORT", host may be empty). */
  readonly routes?: ReadonlyMap<string, HttpRoutes>
  /** Answer tables for the answering threads, by a key of the plugin's. */
  readonly tables?: ReadonlyMap<string, TableWriter>
  /** Plain data for the plugin's runtime in the answering threads (`RuntimeContext.shared`). */
  share?(listeners: readonly ListenerAddress[]): unknown
  /** The configuration is in force: closes what only the previous one used. */
  commit(): S
  /** The configuration was refused: closes what was opened for it. */
  discard(): Promise<void>
}

/** A listener with its real port, and the zones that are served there. */
export interface ListenerAddress {
  /** "dns://:53". */
  readonly server: string
  readonly zones: readonly { readonly zone: string; readonly block: number }[]
}

/** What a component has while a configuration is in force. */
export interface Running {
  /** Directives that are not ready, by block and name; each is asked anew (coredns plugin/ready Readiness). */
  readiness?(): readonly Readiness[]
  families?(): readonly MetricFamily[]
  /** Takes a line that the plugin's runtime sent from an answering thread with `RuntimeContext.report`. */
  receive?(line: string): void
  /** Called once when the configuration is in force and announced: logs what an operator wants to read then. */
  announce?(): void
  /** The server is about to stop, and serves until this resolves. Components drain one after the other, in plugin order. */
  drain?(): Promise<void>
  /** No configuration has the plugin any more, or the server has stopped: closes everything. */
  stop(): Promise<void>
}

/** Whether one directive is ready. */
export interface Readiness {
  readonly block: number
  readonly plugin: string
  ready(): boolean
}

/** What the server offers to components. */
export interface Host {
  readonly log: Log
  /** Opens a source of Kubernetes objects; the caller closes it. */
  openSource(spec: SourceSpec): Source
  /** The readiness of all directives of the configuration in force. */
  readiness(): readonly Readiness[]
  /** The text of all metrics. */
  metrics(): string
  /** The counters of the plugin `name`: one array for each answering thread that ever ran. */
  counters(name: string): readonly Float64Array[]
  /** Notes that data changed: the process is not idle. */
  changed(): void
  /** Reads the Corefile again, and reloads when it changed. Never rejects. */
  pollCorefile(): Promise<void>
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
