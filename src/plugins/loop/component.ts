// `loop` on the control thread: sends the probes, at start, after a reload, and when the upstreams have changed.
import type { PluginConfig } from '../../config.ts'
import { type ProbeServer, probeByUdp, probeQuery } from '../../dns-probe.ts'
import type { Component, Running } from '../plugin.ts'
import { LoopProbe, type LoopProbeEnv } from './loop-probe.ts'
import type { LoopShared } from './probe-name.ts'

/** The directive `loop` after its setup. */
export interface LoopConfig extends PluginConfig {
  readonly plugin: 'loop'
  /** The first zone of the block, a lower-case FQDN. */
  readonly zone: string
}

const machine: LoopProbeEnv = {
  ask: (name, server: ProbeServer, timeoutMs) => {
    const query = probeQuery({ name, type: 'HINFO', recursionDesired: true })
    return probeByUdp(query, server, timeoutMs)
  },
  now: () => performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** Creates the component; tests replace network and time. */
export function createLoopComponent(env: LoopProbeEnv = machine): Component<LoopConfig> {
  return {
    async prepare({ directives }, _previous, host) {
      const probes = new Map(
        directives.map(({ block, config }) => [block, new LoopProbe(config.zone, env)]),
      )
      const start = () => {
        for (const probe of probes.values()) probe.start()
      }
      const running: Running = {
        upstreamsChanged: start,
        receive(line) {
          const [, block, client = ''] = /^(\d+) (.*)$/.exec(line) ?? []
          const message = probes.get(Number(block))?.loopOf(client)
          if (message !== undefined) host.fatal('loop', message)
        },
        async stop() {
          for (const probe of probes.values()) probe.stop()
        },
      }
      return {
        share(listeners): LoopShared {
          for (const [block, probe] of probes) {
            probe.listener = listeners.find(({ zones }) =>
              zones.some((zone) => zone.block === block),
            )
          }
          const buffers = [...probes].map(([block, { buffer }]) => [block, buffer] as const)
          return Object.fromEntries(buffers)
        },
        commit(previous) {
          void previous?.stop()
          start()
          return running
        },
        async discard() {},
      }
    },
  }
}

/** The component of the process. */
export const loopComponent = createLoopComponent()
