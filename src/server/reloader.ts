// Reloads the Corefile: `reload` does so when the file changed, SIGUSR1 always. The log lines are those of CoreDNS
// (plugin/reload, caddy Restart).
import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import { errorText } from '../errors.ts'
import type { Log } from '../log.ts'

/** What a `Reloader` needs of the server. */
interface ReloadOptions {
  /** Reads the Corefile, and passes on the text of each file that it reads; throws CodedError. */
  readonly load: (onRead: (text: string) => void) => Config
  /** Applies a configuration; rejects, and keeps the previous one, when it cannot be served. */
  readonly apply: (config: Config) => Promise<void>
  /** The configuration in force. */
  readonly current: () => Config
  /** Called once for each reload that fails because the Corefile is invalid. */
  readonly loadFailed: () => void
  /** Called after each successful reload. */
  readonly announce: () => void
  readonly log: Log
}

/** Runs one reload at a time; each takes until its sources have synced. */
export class Reloader {
  readonly #options: ReloadOptions
  #last: Promise<void> = Promise.resolve()
  /** The hash of a Corefile that failed to apply; `poll` retries only after a change. */
  #failedHash: string | undefined
  /** The hash of the texts of a Corefile that is invalid; `poll` reports it only once. */
  #invalidHash: string | undefined
  #stopped = false

  constructor(options: ReloadOptions) {
    this.#options = options
  }

  /** Reloads if the Corefile changed. Never rejects. */
  poll(): Promise<void> {
    return this.#enqueue(() => this.#poll())
  }

  /** Reloads even without a change (SIGUSR1). Never rejects. */
  now(): Promise<void> {
    return this.#enqueue(() => this.#reload())
  }

  /** Ends reloads; resolves when the running one has ended. */
  stop(): Promise<void> {
    this.#stopped = true
    return this.#last
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(() => (this.#stopped ? undefined : task()))
    return this.#last
  }

  async #poll(): Promise<void> {
    const { load, current, loadFailed, log } = this.#options
    const plugin = log.plugin('reload')
    const texts = createHash('sha256')
    let config: Config
    try {
      config = load((text) => texts.update(`${text.length} ${text}`))
    } catch (error) {
      const hash = texts.update(errorText(error)).digest('base64')
      if (hash === this.#invalidHash) return
      this.#invalidHash = hash
      this.#failedHash = undefined
      loadFailed()
      plugin.error(`Corefile parse failed: ${errorText(error)}`)
      return
    }
    this.#invalidHash = undefined
    const isFailed = config.hash === this.#failedHash
    // Once the Corefile was another one, the failed one is tried again.
    if (!isFailed) this.#failedHash = undefined
    if (isFailed || config.hash === current().hash) return
    await this.#restart(config, (reason) => {
      plugin.error(`Corefile changed but reload failed: ${reason}`)
    })
  }

  async #reload(): Promise<void> {
    const { load, loadFailed, log } = this.#options
    log.info('SIGUSR1: Reloading')
    let config: Config
    try {
      config = load(() => {})
    } catch (error) {
      loadFailed()
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
      onFailure(errorText(error))
      return
    }
    announce()
    log.info('Reloading complete')
  }
}
