// `file` on the control thread: the zones of each directive, which are read again when their files change.
import { setTimer, type Timer } from '../../zonefile/timer.ts'
import { ZoneSet } from '../../zonefile/zone-set.ts'
import type { Component, Directive, Host, Running } from '../plugin.ts'
import type { FileConfig } from './options.ts'
import type { FileShared } from './runtime.ts'

interface FileRunning extends Running {
  /** By index in `Config.blocks`. */
  readonly sets: ReadonlyMap<number, ZoneSet>
}

/** Creates the component; tests replace the timer. */
export function createFileComponent(after: Timer = setTimer): Component<FileConfig, FileRunning> {
  return {
    async prepare({ directives }, previous, host) {
      const sets = new Map<number, ZoneSet>()
      for (const { block, config } of directives) {
        sets.set(block, await open(config, [...(previous?.sets.values() ?? [])], host, after))
      }
      return {
        share: () => shared(directives, sets),
        commit(before) {
          for (const set of before?.sets.values() ?? []) set.stop()
          for (const set of sets.values()) set.start()
          return {
            sets,
            async stop() {
              for (const set of sets.values()) set.stop()
            },
          }
        },
        async discard() {},
      }
    },
  }
}

export const fileComponent = createFileComponent()

/** Rejects when a file is broken. One that is missing may come; until then the zone has what it had before. */
async function open(
  { files }: FileConfig,
  before: readonly ZoneSet[],
  host: Host,
  after: Timer,
): Promise<ZoneSet> {
  const set = new ZoneSet(host.log.plugin('file'), after, host.changed)
  for (const { path, zones, reloadMs, byTime } of files) {
    for (const origin of zones) await set.add({ origin, path, byTime }, reloadMs, before)
  }
  set.publish()
  return set
}

function shared(
  directives: readonly Directive<FileConfig>[],
  sets: ReadonlyMap<number, ZoneSet>,
): FileShared {
  return Object.fromEntries(
    directives.map(({ block, chain }) => {
      return [block, { zones: sets.get(block)!.handle, isLast: chain.at(-1) === 'file' }]
    }),
  )
}
