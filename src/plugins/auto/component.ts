// `auto` on the control thread: the zones of the directory of each block.
import { setTimer, type Timer } from '../../zonefile/timer.ts'
import type { Component, Running } from '../plugin.ts'
import { AutoZones } from './auto-zones.ts'
import type { AutoConfig } from './options.ts'
import type { AutoShared } from './runtime.ts'

interface AutoRunning extends Running {
  /** By index in `Config.blocks`. */
  readonly zones: ReadonlyMap<number, AutoZones>
}

/** Creates the component; tests replace the timer. */
export function createAutoComponent(after: Timer = setTimer): Component<AutoConfig, AutoRunning> {
  return {
    async prepare({ directives }, _previous, host) {
      const zones = new Map<number, AutoZones>()
      for (const { block, config } of directives) {
        const own = new AutoZones(config, host.log.plugin('auto'), after, host.changed)
        await own.look()
        zones.set(block, own)
      }
      const shared: AutoShared = Object.fromEntries(
        directives.map(({ block, chain }) => {
          return [block, { zones: zones.get(block)!.handle, isLast: chain.at(-1) === 'auto' }]
        }),
      )
      return {
        share: () => shared,
        commit(before) {
          for (const one of before?.zones.values() ?? []) one.stop()
          for (const one of zones.values()) one.start()
          return {
            zones,
            async stop() {
              for (const one of zones.values()) one.stop()
            },
          }
        },
        async discard() {},
      }
    },
  }
}

export const autoComponent = createAutoComponent()
