// The contract of a plugin on the control thread: the setup of its directive, and its component. The contract for
// queries is in `runtime.ts`.
import type { BlockSettings, PluginConfig } from '../config.ts'
import type { Dispenser } from '../corefile/dispenser.ts'
import { CorefileError } from '../corefile/error.ts'
import type { FileKind } from '../corefile/files.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import type { Log } from '../log.ts'
import type { MetricFamily } from '../metrics.ts'
import type { HttpRoutes } from '../runtime/http.ts'
import type { Source } from '../sources/source.ts'
import type { SourceRequest } from '../sources/source-request.ts'
import type { TableWriter } from '../zone/table-writer.ts'

/** Network interfaces with their addresses, as os.networkInterfaces() returns them. */
export type Interfaces = Readonly<
  Record<
    string,
    | readonly { readonly address: string; readonly family: string; readonly scopeid?: number }[]
    | undefined
  >
>

/** The input of a setup: the tokens of the directive, the block and the machine. */
export interface Controller {
  readonly tokens: Dispenser
  /** The zones of the block, lower case with a final dot. */
  readonly zones: readonly string[]
  readonly interfaces: Interfaces
  /** The number of processors that the process may use. */
  readonly parallelism: number
  /** The folder in which relative file names of the block begin (`filePath`); undefined = the working directory. */
  readonly root?: string | undefined
  /**
   * The text of a file that an argument names; a relative path starts in the working directory. Throws an Error with
   * Go's message.
   */
  readFile(path: string): string
  /** What such a path leads to. Throws an Error with Go's message if that cannot be known. */
  fileKind(path: string): FileKind
  /** What directives of the Corefile have claimed, by a name that the plugin chooses, and where the first of them is. */
  readonly claims: Map<string, { readonly value: string; readonly place: string }>
  /** Adds a warning, which is logged at start. */
  warn(message: string): void
}

/** A plugin, as `directives.ts` lists it. */
export interface Plugin<C extends PluginConfig = PluginConfig> {
  /** The directive's name. */
  readonly name: string
  /** The directive and its options on one line, separated by "; ". The plugin's README repeats it. */
  readonly syntax: string
  /** Converts all tokens of the directive in one block to plain data. Throws CorefileError without "plugin/NAME: ". */
  setup(controller: Controller): C
  /** Checks the configuration beside the others of its block, when all are read. Throws as `setup`. */
  checkBlock?(config: C, block: BlockCheck): void
  /**
   * For a plugin that has `Link.searchLists`: why it has none with the configuration, for a warning; undefined if it has.
   */
  noSearchLists?(config: C): string | undefined
  /** Explains the configuration in one line, for `clusterset-dns check`. */
  describe(config: C): string
  /** The source of Kubernetes objects that the configuration reads; `check` looks for it on its machine. */
  source?(config: C): SourceSpec
  /** The file of a snapshot that the configuration writes; `check` looks for its folder. */
  snapshot?(config: C): string | undefined
  /** The zones whose names the configuration is for; `check` compares them with the names that reach the block. */
  zones?(config: C): readonly string[]
  /** The settings of the directive for its whole block. */
  settings?(config: C): BlockSettings
  /** The control side of the plugin. Plugins that share a component share its state. */
  readonly component?: Component<C>
  /** The number of counters that each answering thread has for this plugin (`RuntimeContext.counters`). */
  readonly counters?: number
}

/** A block whose directives are all read, as one of them sees it. */
export interface BlockCheck {
  /** The directive's own tokens; the cursor is at the first one. */
  readonly tokens: Dispenser
  /** The configurations of the block with their plugins, by directive. */
  readonly parts: ReadonlyMap<string, { readonly plugin: Plugin; readonly config: PluginConfig }>
  /** Adds a warning, which is logged at start. */
  warn(message: string): void
}

/** One directive of a configuration. */
export interface Directive<C extends PluginConfig = PluginConfig> {
  /** Index in `Config.blocks`. */
  readonly block: number
  readonly config: C
  /** The plugins of the block that see queries, in plugin order. */
  readonly chain: readonly string[]
}

/** The part of the next configuration that concerns one component. */
interface NextConfig<C extends PluginConfig = PluginConfig> {
  readonly directives: readonly Directive<C>[]
  /** `Config.hash`. */
  readonly hash: string
}

/**
 * The control side of a plugin. A start or a reload prepares the new configuration completely while the current one
 * keeps running. Then either all components commit, or all discard and the current configuration stays in force.
 */
export interface Component<C extends PluginConfig = PluginConfig, S extends Running = Running> {
  /**
   * Opens what the directives need and `previous` does not have. Rejects when the configuration cannot be served, after
   * closing everything that it opened. `previous` is the result of the last `commit`.
   */
  prepare(next: NextConfig<C>, previous: S | undefined, host: Host): Promise<Prepared<S>>
}

/**
 * A prepared configuration of one component. Its methods get `previous` as `prepare` got it, so that no function that stays
 * needs to keep it: else each configuration would keep the one before it, and so all that ever were.
 */
export interface Prepared<S extends Running = Running> {
  /** HTTP routes by address ("HOST:PORT", the host can be empty). */
  readonly routes?: ReadonlyMap<string, HttpRoutes>
  /** Answer tables for the answering threads, by keys that the plugin chooses. */
  readonly tables?: ReadonlyMap<string, TableWriter>
  /** Returns plain data for the plugin's runtime in the answering threads (`RuntimeContext.shared`). */
  share?(listeners: readonly ListenerAddress[], previous: S | undefined): unknown
  /**
   * Resolves when the data of the configuration is read, or enough time has passed. A reload waits before it commits, and
   * a rejection refuses it. A start commits first, and so answers from what is read so far.
   */
  loaded?(previous: S | undefined): Promise<void>
  /** The configuration is in force: closes everything that only the previous one used. */
  commit(previous: S | undefined): S
  /** The configuration was refused: closes everything that was opened for it. */
  discard(previous: S | undefined): Promise<void>
}

/** A listener with its bound port, and the zones that are served there. */
export interface ListenerAddress {
  /** "dns://:53". */
  readonly server: string
  /** '' = all IPv4 and IPv6 addresses; else an IP address without brackets. */
  readonly address: string
  readonly port: number
  readonly zones: readonly { readonly zone: string; readonly block: number }[]
}

/** A component while a configuration is in force. */
export interface Running {
  /** The readiness of each directive of the component (coredns plugin/ready Readiness). */
  readiness?(): readonly Readiness[]
  /** The metrics of the component. */
  families?(): readonly MetricFamily[]
  /** Receives a line that the plugin's runtime sent with `RuntimeContext.report`. */
  receive?(line: string): void
  /** Logs lines for operators; called once, when the configuration is in force. */
  announce?(): void
  /** An answering thread has crashed; another one with the same `RuntimeContext.thread` will replace it. */
  threadEnded?(thread: number): void
  /** Another component called `Host.upstreamsChanged`. */
  upstreamsChanged?(): void
  /** Called before a stop; the server serves until it resolves. Components drain one by one, in plugin order. */
  drain?(): Promise<void>
  /** The configuration no longer has the plugin, or the server has stopped: closes everything. */
  stop(): Promise<void>
}

/** The readiness of one directive. */
export interface Readiness {
  readonly block: number
  readonly plugin: string
  /** True if the directive is ready now. */
  ready(): boolean
  /** True while it answers from data that may be old; undefined = never. */
  isStale?(): boolean
}

/** The services of the server for components. */
export interface Host {
  readonly log: Log
  /**
   * Rejects with a CodedError when a source can never be read as things are; an unreachable one is no error. Resolves to a
   * text that names the cluster.
   */
  checkSource(spec: SourceSpec): Promise<string>
  /** Throws a CodedError when the file of a snapshot can never be written as things are. */
  checkSnapshot(file: string): void
  /** Opens a source of Kubernetes objects; the caller closes it. Its log lines name `plugin`. */
  openSource(request: SourceRequest, plugin: string): Source
  /** The readiness of all directives of the configuration in force. */
  readiness(): readonly Readiness[]
  /** The text of /metrics. */
  metrics(): string
  /** The counters of the plugin `name`: one array for each answering thread that has ever run. */
  counters(name: string): readonly Float64Array[]
  /** Reports that data changed: the process is not idle. */
  changed(): void
  /** Tells all components that queries go to other servers than before, without a reload. */
  upstreamsChanged(): void
  /** Logs a line of `plugin` with level FATAL, and ends the process with exit code 1 when it is written. */
  fatal(plugin: string, message: string): void
  /** Reads the Corefile again, and reloads if it changed. Never rejects. */
  pollCorefile(): Promise<void>
}

/** Moves to the next directive, for plugins that a block may have only once; throws CorefileError for the second. */
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
