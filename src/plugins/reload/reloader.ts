// `reload` and SIGUSR1: another look at the Corefile, and what CoreDNS says about it (coredns plugin/reload,
// caddy Restart).
import type { Config } from '../../config.ts'
import type { Log } from '../../log.ts'

export interface ReloadOptions {
  /** Reads the Corefile anew; throws what is wrong with it. */
  readonly load: () => Config
  readonly apply: (config: Config) => Promise<void>
  readonly current: () => Config
  readonly log: Log
  /** Uniform in [0, 1). */
  readonly random?: () => number
}

export interface Reloader {
  /** SIGUSR1: reloads even when nothing changed. */
  now(): Promise<void>
  stop(): void
}

/** Follows the Corefile while the configuration says `reload`. */
export function startReloader(options: ReloadOptions): Reloader {
  const { load, apply, current, log, random = Math.random } = options
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  /** The hash of a Corefile that did not work; it is not tried again until it changes. */
  let refused: string | undefined
  let running: Promise<unknown> = Promise.resolve()

  const message = (error: unknown) => (error instanceof Error ? error.message : String(error))

  const restart = async (config: Config, trigger: (text: string) => void): Promise<void> => {
    log.info('Reloading')
    for (const warning of config.warnings) log.warning(warning)
    try {
      await apply(config)
    } catch (error) {
      refused = config.hash
      log.error(`Restart failed: ${message(error)}`)
      trigger(message(error))
      return
    }
    if (config.reload !== undefined) {
      log.plugin('reload').info(`Running configuration SHA512 = ${config.hash}`)
    }
    log.info('Reloading complete')
  }

  const poll = async (): Promise<void> => {
    let config: Config
    try {
      config = load()
    } catch (error) {
      log.plugin('reload').warning(`Corefile parse failed: ${message(error)}`)
      return
    }
    if (config.hash === current().hash || config.hash === refused) return
    await restart(config, (text) =>
      log.plugin('reload').error(`Corefile changed but reload failed: ${text}`),
    )
  }

  const schedule = (): void => {
    clearTimeout(timer)
    const wanted = current().reload
    if (stopped || wanted === undefined) return
    const jitter = (random() - 0.5) * wanted.jitterMs
    timer = setTimeout(() => void enqueue(poll), wanted.intervalMs + jitter).unref()
  }

  // One at a time: a reload may take as long as its sources need to sync.
  const enqueue = (task: () => Promise<void>): Promise<void> => {
    const done = running.then(task).then(schedule)
    running = done.catch(() => {})
    return done
  }

  schedule()
  return {
    now: () =>
      enqueue(async () => {
        log.info('SIGUSR1: Reloading')
        let config: Config
        try {
          config = load()
        } catch (error) {
          log.error(`SIGUSR1: ${message(error)}`)
          return
        }
        refused = undefined
        await restart(config, (text) =>
          log.error(`SIGUSR1: starting with listener file descriptors: ${text}`),
        )
      }),
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
