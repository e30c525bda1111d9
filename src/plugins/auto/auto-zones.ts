// The zones of a directory, on the control thread: they come and go with its files (coredns plugin/auto Walk).
import { accessSync, constants } from 'node:fs'
import { quote } from '../../corefile/go-text.ts'
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { ZoneHandle } from '../../zonefile/store.ts'
import type { Timer } from '../../zonefile/timer.ts'
import { ZoneSet } from '../../zonefile/zone-set.ts'
import { filesBelow } from './files.ts'
import type { AutoConfig } from './options.ts'
import { zoneNamer } from './zone-name.ts'

export class AutoZones {
  readonly #config: AutoConfig
  readonly #log: Log
  readonly #after: Timer
  readonly #changed: () => void
  readonly #set: ZoneSet
  readonly #nameOf: (file: string) => string | undefined
  /** The warnings of the last look: CoreDNS repeats them at each look. */
  #warned: ReadonlySet<string> = new Set()
  #isRunning = false
  #cancel = () => {}

  /** `changed` is called when zones came, went or got another content. */
  constructor(config: AutoConfig, log: Log, after: Timer, changed: () => void) {
    this.#config = config
    this.#log = log
    this.#after = after
    this.#changed = changed
    this.#set = new ZoneSet(log, after, changed)
    this.#nameOf = zoneNamer(config.pattern, config.template)
  }

  get handle(): ZoneHandle {
    return this.#set.handle
  }

  /** Looks at the directory: adds the zones of new files, and removes those whose files are gone. Never rejects. */
  async look(): Promise<void> {
    const { directory, reloadMs } = this.#config
    const { files, errors } = directory === '' ? { files: [], errors: [] } : filesBelow(directory)
    const warnings = new Set(errors)
    const paths = new Map<string, string>()
    for (const { name, path } of files) {
      const origin = this.#nameOf(name)
      if (origin === undefined) continue
      const first = paths.get(origin)
      if (first === undefined) paths.set(origin, path)
      else warnings.add(severalFiles(origin, first, path))
    }
    const before = new Set(this.#set.origins)
    for (const [origin, path] of paths) {
      if (before.has(origin)) this.#set.move(origin, path)
      else await this.#add(origin, path, reloadMs, warnings)
    }
    for (const origin of before) {
      if (paths.has(origin)) continue
      this.#set.remove(origin)
      this.#log.info(`Deleting zone \`${origin}'`)
    }
    for (const warning of warnings) if (!this.#warned.has(warning)) this.#log.warning(warning)
    this.#warned = warnings
    if (new Set(this.#set.origins).symmetricDifference(before).size === 0) return
    this.#set.publish()
    this.#changed()
  }

  /** Begins to look at the directory and its files. */
  start(): void {
    this.#isRunning = true
    this.#set.start()
    this.#schedule()
  }

  stop(): void {
    this.#isRunning = false
    this.#cancel()
    this.#set.stop()
  }

  async #add(origin: string, path: string, reloadMs: number, warnings: Set<string>): Promise<void> {
    try {
      accessSync(path, constants.R_OK)
    } catch (error) {
      warnings.add(`Opening ${path} failed: ${errorText(error)}`)
      return
    }
    try {
      await this.#set.add({ origin, path, byTime: false }, reloadMs)
      this.#log.info(`Inserting zone \`${origin}' from: ${path}`)
    } catch (error) {
      warnings.add(`Parse zone \`${origin}': ${errorText(error)}`)
    }
  }

  #schedule(): void {
    const { reloadMs } = this.#config
    if (reloadMs === 0) return
    this.#cancel = this.#after(reloadMs, () => {
      void this.look().then(() => {
        if (this.#isRunning) this.#schedule()
      })
    })
  }
}

function severalFiles(origin: string, first: string, other: string): string {
  const [used, left] = [quote(first), quote(other)]
  return `Multiple zone files match origin ${quote(origin)}: using ${used} instead of ${left}`
}
