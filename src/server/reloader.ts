// Reloads of the Corefile: by the `reload` directive when it changed, by SIGUSR1 in any case. The log lines are
// CoreDNS' (plugin/reload, caddy Restart).
import type { Config } from '../config.ts'
import { errorText } from '../errors.ts'
import type { Log } from '../log.ts'

export interface ReloadOptions {
  /** Reads the Corefile anew; throws what is wrong with it. */
  readonly load: () => Config
  /** Puts a configuration in force; rejects, and leaves the former one in force, when it cannot. */
  readonly apply: (config: Config) => Promise<void>
  readonly current: () => Config
  /** Called after a reload, when the configuration is in force. */
  readonly announce: () => void
  readonly log: Log
}

/** Runs one reload at a time: each may take as long as its sources need to sync. */
export class Reloader {
  readonly #options: ReloadOptions
  #last: Promise<void> = Promise.resolve()
  /** The hash of a Corefile that could not be put in force; `poll` does not try it again until it changes. */
  #failedHash: string | undefined

  constructor(options: ReloadOptions) {
    this.#options = options
  }

  /** Reloads when the Corefile changed. Never rejects. */
  poll(): Promise<void> {
    return this.#enqueue(() => this.#poll())
  }

  /** Reloads even when nothing changed (SIGUSR1). Never rejects. */
  now(): Promise<void> {
    return this.#enqueue(() => this.#reload())
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(task)
    return this.#last
  }

  async #poll(): Promise<void> {
    const { load, current, log } = this.#options
    const plugin = log.plugin('reload')
    let config: Config
    try {
      config = load()
    } catch (error) {
      plugin.warning(`Corefile parse failed: ${errorText(error)}`)
      return
    }
    if (config.hash === current().hash || config.hash === this.#failedHash) return
    await this.#restart(config, (reason) => {
      plugin.error(`Corefile changed but reload failed: ${reason}`)
    })
  }

  async #reload(): Promise<void> {
    const { load, log } = this.#options
    log.info('SIGUSR1: Reloading')
    let config: Config
    try {
      config = load()
    } catch (error) {
      log.error(`SIGUSR1: ${errorText(error)}`)
      return
    }
    this.#failedHash = undefined
    await this.#restart(config, (reason) => {
      log.error(`SIGUSR1: starting with listener file descriptors: ${reason}`)
    })
  }

  async #restart(config: Config, onFailure: (reason: string) => void): Promise<void> {
    const { apply, announce, log } = this.#options
    log.info('Reloading')
    for (const warning of config.warnings) log.warning(warning)
    try {
      await apply(config)
    } catch (error) {
      this.#failedHash = config.hash
      log.error(`Restart failed: ${errorText(error)}`)
      onFailure(errorText(error))
      return
    }
    announce()
    log.info('Reloading complete')
  }
}
