// `loop` at query time: counts the arrivals of its own query. All queries go on to the next plugin.
import { hostPort } from '../../config.ts'
import { ASK_CHAIN, NEXT, type Runtime } from '../runtime.ts'
import type { LoopConfig } from './component.ts'
import { type LoopShared, ProbeNameReader } from './probe-name.ts'

/** The first arrival is the probe itself, which is sent once: the second came back. */
const ARRIVALS_OF_LOOP = 2

export const loopRuntime: Runtime<LoopConfig, LoopShared> = (_config, context) => {
  const { block, shared, report } = context
  const probe = new ProbeNameReader(shared[block]!)
  return {
    // The chain knows the client, which the report names.
    answerer: { answer: ({ request }) => (probe.matches(request) ? ASK_CHAIN : NEXT) },
    // In a cache, the probe that came back would wait for the one that is on its way.
    countsArrivals: true,
    handler: {
      name: 'loop',
      async handle({ request, client }, next) {
        if (probe.matches(request) && probe.count() >= ARRIVALS_OF_LOOP) {
          report(`${block} ${hostPort(client.remoteAddress, client.remotePort)}`)
        }
        return next()
      },
    },
  }
}
