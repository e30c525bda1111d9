// `hosts` on the control thread: the files, which outlive reloads, and the metrics. Equal directives share a table.
import { gauge } from '../../metrics.ts'
import type { Component, Directive, Running } from '../plugin.ts'
import { HostsFile } from './hosts-file.ts'
import type { HostsConfig } from './options.ts'
import type { HostsShared } from './runtime.ts'
import type { HostsHandle } from './store/layout.ts'

/** A file with its watch. */
interface Watched {
  readonly path: string
  readonly reloadMs: number
  readonly file: HostsFile
  /** Ends the watch; undefined before it starts. */
  stop?: () => void
}

interface HostsRunning extends Running {
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
export function createHostsComponent(
  after: After = realAfter,
): Component<HostsConfig, HostsRunning> {
  return {
    async prepare({ directives }, previous, host) {
      const log = host.log.plugin('hosts')
      const files = new Map<string, Watched>()
      for (const { config } of directives) {
        const key = keyOf(config)
        if (files.has(key)) continue
        const kept = previous?.files.get(key)
        const { path, reloadMs } = config
        const one = kept ?? { path, reloadMs, file: new HostsFile(config, log) }
        files.set(key, one)
        // All names are there before the first question, as in CoreDNS.
        if (kept === undefined) await one.file.open()
      }
      return {
        share: () => shared(directives, files),
        commit(before) {
          for (const [key, one] of before?.files ?? []) if (!files.has(key)) end(one)
          for (const one of files.values()) one.stop ??= watch(one, after)
          return {
            files,
            families: () => familiesOf(files),
            threadEnded(thread) {
              for (const { file } of files.values()) file.table.releaseReader(thread)
            },
            async stop() {
              for (const one of files.values()) end(one)
            },
          }
        },
        async discard() {},
      }
    },
  }
}

export const hostsComponent = createHostsComponent()

/** What the content of a table depends on. */
function keyOf({ path, zones, inline, reverse, reloadMs }: HostsConfig): string {
  return JSON.stringify([path, zones, inline, reverse, reloadMs])
}

function shared(
  directives: readonly Directive<HostsConfig>[],
  files: ReadonlyMap<string, Watched>,
): HostsShared {
  const handles: Record<number, HostsHandle> = {}
  for (const { block, config } of directives) {
    handles[block] = files.get(keyOf(config))!.file.table.handle
  }
  return handles
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

function end({ stop, file }: Watched): void {
  stop?.()
  file.stop()
}

function familiesOf(files: ReadonlyMap<string, Watched>) {
  // Of directives with the same file, that which read it last counts, as in CoreDNS.
  const read = [...files.values()]
    .flatMap(({ path, file }) => (file.content === undefined ? [] : [{ path, ...file.content }]))
    .sort((a, b) => a.readAt - b.readAt)
  const entries = new Map(read.map((one) => [one.path, one.entries]))
  return [
    gauge(
      'coredns_hosts_entries',
      'The combined number of entries in hosts and Corefile.',
      [...entries].map(([hostsfile, count]) => [{ hostsfile }, count] as const),
    ),
    gauge(
      'coredns_hosts_reload_timestamp_seconds',
      'The timestamp of the last reload of hosts file.',
      read.at(-1)?.fileTime ?? 0,
    ),
  ]
}
