// `ready` on the control thread: GET /ready replies 200 if all plugins of the blocks with `ready` are ready, else 503
// with the names of the plugins that are not (coredns plugin/ready). A reply 200 names the plugins that answer from a
// snapshot.
import type { PluginConfig } from '../../config.ts'
import type { HttpReply } from '../../runtime/http.ts'
import type { Component, Readiness } from '../plugin.ts'

/** The directive `ready` after its setup. */
export interface ReadyConfig extends PluginConfig {
  readonly plugin: 'ready'
  /** "HOST:PORT"; the host can be empty. */
  readonly address: string
  /** `until-ready`: a plugin that was ready once is not checked again. */
  readonly monitor: 'until-ready' | 'continuously'
}

export const readyComponent: Component<ReadyConfig> = {
  async prepare({ directives }, _previous, { readiness, log: serverLog }) {
    const log = serverLog.plugin('ready')
    const monitors = new Map(directives.map(({ block, config }) => [block, config.monitor]))
    const check = new ReadyCheck(monitors, readiness)
    let draining = false
    const reply = (): HttpReply => {
      if (draining) return { status: 503, body: 'Shutting down' }
      const names = check.notReady()
      if (names.length === 0) return { status: 200, body: okText(check.stale()) }
      log.info(`Plugins not ready: "${names.join(',')}"`)
      return { status: 503, body: names.join(',') }
    }
    return {
      routes: new Map(directives.map(({ config }) => [config.address, { '/ready': reply }])),
      commit: () => ({
        async drain() {
          draining = true
        },
        async stop() {},
      }),
      async discard() {},
    }
  },
}

/** Checks the readiness of the blocks with `ready`, and records ready plugins for `monitor until-ready`. */
export class ReadyCheck {
  readonly #monitors: ReadonlyMap<number, ReadyConfig['monitor']>
  readonly #readiness: () => readonly Readiness[]
  /** Directives that were ready in an earlier check, as "BLOCK NAME". */
  readonly #confirmed = new Set<string>()

  /** `monitors` has the option `monitor` of each block to check. */
  constructor(
    monitors: ReadonlyMap<number, ReadyConfig['monitor']>,
    readiness: () => readonly Readiness[],
  ) {
    this.#monitors = monitors
    this.#readiness = readiness
  }

  /** The names of the plugins that are not ready, sorted. */
  notReady(): readonly string[] {
    const notReady = this.#readiness().filter((directive) => !this.#isReady(directive))
    return [...new Set(notReady.map(({ plugin }) => plugin))].sort()
  }

  /** The names of the plugins that answer from data that may be old, sorted. */
  stale(): readonly string[] {
    const stale = this.#readiness().filter(
      ({ block, isStale }) => this.#monitors.has(block) && isStale?.() === true,
    )
    return [...new Set(stale.map(({ plugin }) => plugin))].sort()
  }

  #isReady(directive: Readiness): boolean {
    const { block, plugin } = directive
    const monitor = this.#monitors.get(block)
    if (monitor === undefined) return true
    const key = `${block} ${plugin}`
    if (monitor === 'until-ready' && this.#confirmed.has(key)) return true
    if (!directive.ready()) return false
    this.#confirmed.add(key)
    return true
  }
}

function okText(stale: readonly string[]): string {
  return stale.length === 0 ? 'OK' : `OK, stale: ${stale.join(',')}`
}
