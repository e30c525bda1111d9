// `reload` on the control thread: a timer after which the server checks its Corefile (coredns plugin/reload).
import type { PluginConfig } from '../../config.ts'
import type { Component } from '../plugin.ts'

/** The directive `reload` after its setup. */
export interface ReloadConfig extends PluginConfig {
  readonly plugin: 'reload'
  readonly intervalMs: number
  /** Milliseconds; each interval varies by up to half of it in both directions. */
  readonly jitterMs: number
}

export const reloadComponent: Component<ReloadConfig> = {
  async prepare({ directives, hash }, _previous, host) {
    return {
      commit(previous) {
        void previous?.stop()
        const config = directives.at(-1)?.config
        const timer = config === undefined ? undefined : new PollTimer(config, host.pollCorefile)
        return {
          announce() {
            if (config === undefined) return
            host.log.plugin('reload').info(`Running configuration SHA512 = ${hash}`)
          },
          drain: async () => timer?.stop(),
          stop: async () => timer?.stop(),
        }
      },
      async discard() {},
    }
  },
}

/** Calls `poll` after each interval; the next interval starts when `poll` has resolved. */
export class PollTimer {
  readonly #config: Pick<ReloadConfig, 'intervalMs' | 'jitterMs'>
  readonly #poll: () => Promise<void>
  readonly #random: () => number
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** `random` is uniform in [0, 1). */
  constructor(
    config: Pick<ReloadConfig, 'intervalMs' | 'jitterMs'>,
    poll: () => Promise<void>,
    random: () => number = Math.random,
  ) {
    this.#config = config
    this.#poll = poll
    this.#random = random
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#stopped) return
    const { intervalMs, jitterMs } = this.#config
    const jitter = (this.#random() - 0.5) * jitterMs
    this.#timer = setTimeout(() => {
      void this.#poll().then(() => this.#schedule())
    }, intervalMs + jitter).unref()
  }
}
