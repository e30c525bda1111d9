// What `forward` does in packet threads and in the upstream thread.
import type { Exchange } from '../../../dns/exchange.ts'
import {
  type Answerer,
  ASK_CHAIN,
  ASK_UPSTREAM,
  type Link,
  NEXT,
  type RuntimeContext,
  type Upstream,
  type UpstreamHost,
} from '../../runtime.ts'
import { ForwardNames, firstForward } from '../names.ts'
import { type ForwardConfig, type ForwardShared, probeRequest } from '../options.ts'
import { ForwardEngine } from './engine.ts'
import { isPlainUdp } from './plain.ts'

/** The upstreams of each configuration in this thread: all listeners of a block share them. */
const enginesOf = new WeakMap<ForwardConfig, Upstream>()

/** The parts of the link besides the handler; none if no `forward` of the block is plain. */
export function upstreamLink(
  config: ForwardConfig,
  context: RuntimeContext<ForwardShared>,
): Pick<Link, 'answerer' | 'upstream'> {
  if (!config.forwards.some(isPlainUdp)) return {}
  const upstream = (host: UpstreamHost): Upstream => {
    const known = enginesOf.get(config)
    if (known !== undefined) return known
    const created = createEngine(config, context, host)
    enginesOf.set(config, created)
    return created
  }
  return context.hasUpstreamThread ? { upstream, answerer: handOver(config) } : { upstream }
}

/** Sends each query to the thread that serves the first `forward` for its name. */
function handOver({ forwards }: ForwardConfig): Answerer {
  const names = forwards.map((options) => new ForwardNames(options))
  const results = forwards.map((options) => (isPlainUdp(options) ? ASK_UPSTREAM : ASK_CHAIN))
  return {
    answer({ request }: Exchange): number {
      const index = firstForward(names, request)
      return index < 0 ? NEXT : results[index]!
    },
  }
}

function createEngine(
  { forwards }: ForwardConfig,
  { block, thread, shared, report }: RuntimeContext<ForwardShared>,
  host: UpstreamHost,
): Upstream {
  const { sockets } = host
  const word = () => (sockets.random16() << 16) | sockets.random16()
  return new ForwardEngine(
    {
      forwards,
      tables: shared[block]!.map(({ upstreams }) => upstreams),
      thread,
      hashKey: [word(), word()],
      requestProbe: (forward, id) => report(probeRequest(block, forward, id)),
    },
    host,
  )
}
