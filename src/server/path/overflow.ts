// A query that the slow path has no room for gets SERVFAIL. All transports refuse it here, so that it is counted and
// observed alike wherever it happens.
import { THREAD_QUEUE_OVERFLOWS } from '../shared/counters.ts'
import type { MutableObservation } from './observer.ts'
import type { QueryPipeline } from './pipeline.ts'
import { failedRequest, writeServfail } from './servfail.ts'

/**
 * Writes SERVFAIL at `observation.replyAt` of `observation.reply` for the request at `at` in `input`; returns its
 * length in bytes, 0 where nothing is to be sent. The caller has set the observation's peer and family.
 */
export function refuseOverflow(
  { path, observer }: QueryPipeline,
  threadCounters: Int32Array,
  input: Uint8Array,
  at: number,
  requestBytes: number,
  observation: MutableObservation,
): number {
  Atomics.add(threadCounters, THREAD_QUEUE_OVERFLOWS, 1)
  const { reply, replyAt } = observation
  const length = writeServfail(input, at, requestBytes, reply, replyAt)
  if (length === 0 || observer === undefined) return length
  const { request } = observation
  observation.request = failedRequest
  observation.requestBytes = requestBytes
  observation.replyBytes = length
  observation.seconds = 0
  observer.observe(path.zoneOf(failedRequest), observation)
  observation.request = request
  return length
}
