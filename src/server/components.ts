// Runs the components of all plugins through start, reload and stop. The next configuration is prepared completely
// while the current one keeps running; then either all components commit or all discard.
import type { Config } from '../config.ts'
import type { MetricFamily } from '../metrics.ts'
import { directives } from '../plugins/directives.ts'
import { runtimes } from '../plugins/handlers.ts'
import type {
  Component,
  Directive,
  Host,
  ListenerAddress,
  Prepared,
  Readiness,
  Running,
} from '../plugins/plugin.ts'
import type { HttpRoutes } from '../runtime/http.ts'
import type { TableWriter } from '../zone/table-writer.ts'

/** A prepared configuration, which is not in force yet. */
export interface PreparedConfig {
  /** HTTP routes by address ("HOST:PORT"); plugins that share an address share its routes. */
  readonly routes: ReadonlyMap<string, HttpRoutes>
  /** The answer tables of all plugins, by their keys. */
  readonly tables: ReadonlyMap<string, TableWriter>
  /** The number of counters of each plugin in each thread. */
  readonly counters: Readonly<Record<string, number>>
  /** The data that components share with their runtimes, by plugin. */
  share(listeners: readonly ListenerAddress[]): Readonly<Record<string, unknown>>
  /** Resolves when all components have loaded their data; rejects when one of them refuses the configuration. */
  loaded(): Promise<void>
  /** Puts the configuration in force. */
  commit(): void
  /** Closes everything that was opened for the configuration. */
  discard(): Promise<void>
}

interface PreparedComponent {
  readonly component: Component
  /** The plugins of the configuration that use the component. */
  readonly plugins: readonly string[]
  readonly prepared: Prepared
  /** What runs, and is replaced by `commit`. */
  readonly previous: Running | undefined
}

/** The components of the configuration in force. */
export class Components {
  /** In plugin order. */
  #running: ReadonlyMap<Component, Running> = new Map()
  #receivers: ReadonlyMap<string, Running> = new Map()
  #tables: ReadonlyMap<string, TableWriter> = new Map()

  /** Prepares a configuration; rejects, with nothing changed, if a component cannot serve it. */
  async prepare(config: Config, host: Host): Promise<PreparedConfig> {
    const all: PreparedComponent[] = []
    try {
      for (const [component, plugins] of componentsInOrder()) {
        const configured = directivesOf(config, plugins)
        const previous = this.#running.get(component)
        if (configured.length === 0 && previous === undefined) continue
        const next = { directives: configured, hash: config.hash }
        const prepared = await component.prepare(next, previous, host)
        const names = plugins.filter((name) =>
          configured.some(({ config }) => config.plugin === name),
        )
        all.push({ component, plugins: names, prepared, previous })
      }
    } catch (error) {
      await discardAll(all)
      throw error
    }
    const tables = new Map(all.flatMap(({ prepared }) => [...(prepared.tables ?? [])]))
    return {
      routes: joinedRoutes(all),
      tables,
      counters: countersOf(config),
      share: (listeners) => sharedOf(all, listeners),
      loaded: async () => {
        for (const { prepared, previous } of all) await prepared.loaded?.(previous)
      },
      commit: () => {
        this.#tables = tables
        this.#commit(all)
      },
      discard: () => discardAll(all),
    }
  }

  /** The readiness of each directive of the configuration in force. */
  readiness(): readonly Readiness[] {
    return this.#each((running) => running.readiness?.())
  }

  /** The metrics of all components. */
  families(): readonly MetricFamily[] {
    return this.#each((running) => running.families?.())
  }

  /** Makes components log their lines for operators. */
  announce(): void {
    for (const running of this.#running.values()) running.announce?.()
  }

  /** Tells all components that queries go to other servers than before. */
  upstreamsChanged(): void {
    for (const running of this.#running.values()) running.upstreamsChanged?.()
  }

  /** Passes lines of a plugin's runtime to its component. */
  receive(plugin: string, lines: readonly string[]): void {
    const running = this.#receivers.get(plugin)
    for (const line of lines) running?.receive?.(line)
  }

  /** An answering thread has ended: its readers no longer keep memory of the tables in use, nor anything else. */
  releaseReader(thread: number): void {
    for (const running of this.#running.values()) running.threadEnded?.(thread)
    for (const table of this.#tables.values()) table.releaseReader(thread)
  }

  /** Drains the components one after the other, in plugin order. */
  async drain(): Promise<void> {
    for (const running of this.#running.values()) await running.drain?.()
  }

  /** Stops all components. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.stop()))
  }

  #commit(all: readonly PreparedComponent[]): void {
    const running = new Map<Component, Running>()
    const receivers = new Map<string, Running>()
    for (const { component, plugins, prepared, previous } of all) {
      const committed = prepared.commit(previous)
      if (plugins.length === 0) {
        void committed.stop()
        continue
      }
      running.set(component, committed)
      for (const plugin of plugins) receivers.set(plugin, committed)
    }
    this.#running = running
    this.#receivers = receivers
  }

  #each<T>(part: (running: Running) => readonly T[] | undefined): readonly T[] {
    return [...this.#running.values()].flatMap((running) => part(running) ?? [])
  }
}

/** Component -> its plugins, in plugin order. */
function componentsInOrder(): ReadonlyMap<Component, readonly string[]> {
  const components = new Map<Component, readonly string[]>()
  for (const [name, plugin] of directives) {
    const component = plugin?.component
    if (component === undefined) continue
    components.set(component, [...(components.get(component) ?? []), name])
  }
  return components
}

function directivesOf({ blocks }: Config, plugins: readonly string[]): readonly Directive[] {
  return blocks.flatMap((block, index) => {
    const names = block.directives.map(({ plugin }) => plugin)
    const chain = names.filter((name) => runtimes.has(name))
    return block.directives
      .filter(({ plugin }) => plugins.includes(plugin))
      .map((config): Directive => ({ block: index, config, chain }))
  })
}

function countersOf(config: Config): Readonly<Record<string, number>> {
  const names = config.blocks.flatMap((block) => block.directives.map(({ plugin }) => plugin))
  return Object.fromEntries(
    [...new Set(names)].flatMap((name) => {
      const counters = directives.get(name)?.counters
      return counters === undefined ? [] : [[name, counters]]
    }),
  )
}

function joinedRoutes(all: readonly PreparedComponent[]): ReadonlyMap<string, HttpRoutes> {
  const joined = new Map<string, HttpRoutes>()
  for (const [address, routes] of all.flatMap(({ prepared }) => [...(prepared.routes ?? [])])) {
    joined.set(address, { ...joined.get(address), ...routes })
  }
  return joined
}

function sharedOf(
  all: readonly PreparedComponent[],
  listeners: readonly ListenerAddress[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    all.flatMap(({ plugins, prepared, previous }) => {
      const shared = prepared.share?.(listeners, previous)
      return plugins.map((plugin) => [plugin, shared])
    }),
  )
}

async function discardAll(all: readonly PreparedComponent[]): Promise<void> {
  await Promise.all(all.map(({ prepared, previous }) => prepared.discard(previous)))
}
