// `forward` at query time: its parts in the packet threads, the upstream thread and the event-loop thread.
import type { Labels, Runtime, RuntimeContext } from '../runtime.ts'
import { Forwarder } from './forwarder.ts'
import { forwardHandler } from './handler.ts'
import { type ForwardConfig, type ForwardShared, probeRequest } from './options.ts'
import { upstreamLink } from './upstream/link.ts'

/**
 * The forwarders of each configuration in this thread. All listeners and protocols of a block share them and their
 * connections. They exist from the first query on; a reload brings a new configuration.
 */
const forwardersOf = new WeakMap<ForwardConfig, readonly Forwarder[]>()

/** It is known while a query is answered, so queries of all zones have it. */
const labels: Labels = {
  areForAllNames: true,
  label(name) {
    if (name !== 'forward/upstream') return undefined
    return ({ upstream }) => (upstream === '' ? undefined : upstream)
  },
}

export const forwardRuntime: Runtime<ForwardConfig, ForwardShared> = (config, context) => ({
  ...upstreamLink(config, context),
  labels,
  handler: forwardHandler(() => {
    const known = forwardersOf.get(config)
    if (known !== undefined) return known
    const created = createForwarders(config, context)
    forwardersOf.set(config, created)
    return created
  }),
})

function createForwarders(
  { forwards }: ForwardConfig,
  { block, thread, shared, report }: RuntimeContext<ForwardShared>,
): readonly Forwarder[] {
  return forwards.map((options, index) => {
    const requestProbe = (id: number) => report(probeRequest(block, index, id))
    return new Forwarder(options, shared[block]![index]!, thread, { requestProbe })
  })
}
