// `loadbalance` on the control thread: the weight files, which outlive reloads.
import type { Component, Running } from '../plugin.ts'
import type { LoadbalanceConfig, WeightedOptions } from './options.ts'
import { WeightFile } from './weight-file.ts'

/** The memory of the weights, by block. */
export type LoadbalanceShared = Readonly<Record<number, SharedArrayBuffer>>

/** A file with its watch. */
interface Watched {
  readonly reloadMs: number
  readonly file: WeightFile
  /** Ends the watch; undefined before it starts. */
  stop?: () => void
}

interface LoadbalanceRunning extends Running {
  /** By `keyOf`. */
  readonly files: ReadonlyMap<string, Watched>
}

/** Calls `run` once after `ms` milliseconds; the returned function cancels the call. */
type After = (ms: number, run: () => void) => () => void

/** A timer that does not keep the process alive. */
const realAfter: After = (ms, run) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

/** Creates the component; tests replace the timer. */
export function createLoadbalanceComponent(
  after: After = realAfter,
): Component<LoadbalanceConfig, LoadbalanceRunning> {
  return {
    async prepare({ directives }, previous, host) {
      const log = host.log.plugin('loadbalance')
      const files = new Map<string, Watched>()
      const memories: Record<number, SharedArrayBuffer> = {}
      for (const { block, config } of directives) {
        if (config.weighted === undefined) continue
        const { path, reloadMs } = config.weighted
        const key = keyOf(config.weighted)
        const known = files.get(key) ?? previous?.files.get(key)
        const one = known ?? { reloadMs, file: new WeightFile(path, log) }
        files.set(key, one)
        memories[block] = one.file.memory
        // The weights are there before the first question, as in CoreDNS.
        if (known === undefined) await one.file.refresh()
      }
      return {
        share: (): LoadbalanceShared => memories,
        commit(before) {
          for (const [key, one] of before?.files ?? []) if (!files.has(key)) one.stop?.()
          for (const one of files.values()) one.stop ??= watch(one, after)
          return {
            files,
            async stop() {
              for (const one of files.values()) one.stop?.()
            },
          }
        },
        async discard() {},
      }
    },
  }
}

export const loadbalanceComponent = createLoadbalanceComponent()

function keyOf({ path, reloadMs }: WeightedOptions): string {
  return JSON.stringify([path, reloadMs])
}

/** Looks at the file every `reloadMs`; the result ends it. */
function watch({ reloadMs, file }: Watched, after: After): () => void {
  if (reloadMs === 0) return () => {}
  let cancel = () => {}
  let stopped = false
  const schedule = () => {
    cancel = after(reloadMs, () => {
      void file.refresh().then(() => {
        if (!stopped) schedule()
      })
    })
  }
  schedule()
  return () => {
    stopped = true
    cancel()
  }
}
