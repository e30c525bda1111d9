// Refuses a query when too many wait for the plugin chain or for upstreams. All transports use this function, so that
// overflows are counted, observed and limited in the same way.
import { performance } from 'node:perf_hooks'
import { THREAD_QUEUE_OVERFLOWS } from '../shared/counters.ts'
import type { MutableObservation } from './observer.ts'
import type { QueryPipeline } from './pipeline.ts'
import { failedRequest, writeServfail } from './servfail.ts'

/**
 * Writes SERVFAIL at `observation.replyAt` of `observation.reply` for the request at offset `at` of `input`. Returns
 * how many bytes of it are sent, 0 if there is nothing to send. The caller must set the observation's peer and family before.
 * The client's socket address is at `clientAt` in `client`.
 */
export function refuseOverflow(
  { path, observer, gates }: QueryPipeline,
  threadCounters: Int32Array,
  input: Uint8Array,
  at: number,
  requestBytes: number,
  observation: MutableObservation,
  client: Uint8Array,
  clientAt: number,
): number {
  Atomics.add(threadCounters, THREAD_QUEUE_OVERFLOWS, 1)
  const { reply, replyAt } = observation
  const length = writeServfail(input, at, requestBytes, reply, replyAt)
  if (length === 0 || (observer === undefined && gates === undefined)) return length
  const zone = path.zoneOf(failedRequest)
  if (observer !== undefined) {
    const { request } = observation
    observation.request = failedRequest
    observation.requestBytes = requestBytes
    observation.replyBytes = length
    observer.observe(zone, observation, performance.now())
    observation.request = request
  }
  return gates?.pass(zone, failedRequest, reply, replyAt, length, client, clientAt) ?? length
}
