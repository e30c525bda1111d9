// The components of all plugins over a start, reloads and a stop: the next configuration is prepared completely beside
// the running one, and then either all components commit or all discard.
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

/** A configuration that is prepared and not yet in force. */
export interface PreparedConfig {
  /** By address; the routes of plugins that share an address are joined. */
  readonly routes: ReadonlyMap<string, HttpRoutes>
  readonly tables: ReadonlyMap<string, TableWriter>
  /** The number of counters of each plugin in each thread. */
  readonly counters: Readonly<Record<string, number>>
  /** What components share with their runtimes, by plugin. */
  share(listeners: readonly ListenerAddress[]): Readonly<Record<string, unknown>>
  commit(): void
  discard(): Promise<void>
}

interface PreparedComponent {
  readonly component: Component
  /** The plugins of the configuration that have it. */
  readonly plugins: readonly string[]
  readonly prepared: Prepared
}

export class Components {
  /** In plugin order. */
  #running: ReadonlyMap<Component, Running> = new Map()
  #receivers: ReadonlyMap<string, Running> = new Map()
  #tables: ReadonlyMap<string, TableWriter> = new Map()

  /** Rejects when a component cannot serve the configuration, with nothing changed. */
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
        all.push({ component, plugins: names, prepared })
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
      commit: () => {
        this.#tables = tables
        this.#commit(all)
      },
      discard: () => discardAll(all),
    }
  }

  /** Whether each directive of the configuration in force is ready. */
  readiness(): readonly Readiness[] {
    return this.#each((running) => running.readiness?.())
  }

  families(): readonly MetricFamily[] {
    return this.#each((running) => running.families?.())
  }

  announce(): void {
    for (const running of this.#running.values()) running.announce?.()
  }

  /** Hands lines of a plugin's runtime to its component. */
  receive(plugin: string, lines: readonly string[]): void {
    const running = this.#receivers.get(plugin)
    for (const line of lines) running?.receive?.(line)
  }

  /** An answering thread is gone: no table waits for it any more. */
  releaseReader(thread: number): void {
    for (const table of this.#tables.values()) table.releaseReader(thread)
  }

  async drain(): Promise<void> {
    for (const running of this.#running.values()) await running.drain?.()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.stop()))
  }

  #commit(all: readonly PreparedComponent[]): void {
    const running = new Map<Component, Running>()
    const receivers = new Map<string, Running>()
    for (const { component, plugins, prepared } of all) {
      const committed = prepared.commit()
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

/** Every component with its plugins, in plugin order. */
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
    all.flatMap(({ plugins, prepared }) => {
      const shared = prepared.share?.(listeners)
      return plugins.map((plugin) => [plugin, shared])
    }),
  )
}

async function discardAll(all: readonly PreparedComponent[]): Promise<void> {
  await Promise.all(all.map(({ prepared }) => prepared.discard()))
}
