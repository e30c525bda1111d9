// What a thread serves at a listener: a packet path for each protocol, and who is told of its replies.
import { SERVFAIL } from '../../dns/codes.ts'
import { Request } from '../../dns/request.ts'
import { createErrorsLog } from '../../plugins/errors/error-log.ts'
import { TableReader } from '../../zone/table-reader.ts'
import type { ListenerPlan, ServerPlan } from '../shared/plan.ts'
import { createPacketPath } from './listener-path.ts'
import { createObserver, type Observer } from './observer.ts'
import type { PacketPath } from './packet-path.ts'

/** A path and its observer belong together: both are of one plan. */
export interface QueryPipeline {
  readonly path: PacketPath
  readonly observer: Observer | undefined
}

export interface PipelineOptions {
  readonly plan: ServerPlan
  readonly tables: ReadonlyMap<string, TableReader>
  readonly counters: Float64Array
  readonly writeLine: (line: string) => void
}

/** Readers of the plan's tables for one thread; those of a former plan are kept. */
export function readersOf(
  plan: ServerPlan,
  thread: number,
  former: ReadonlyMap<string, TableReader>,
): Map<string, TableReader> {
  const readers = Object.entries(plan.tables).map(
    ([key, handle]) => [key, former.get(key) ?? new TableReader(handle, thread)] as const,
  )
  return new Map(readers)
}

export function createPipeline(
  listener: ListenerPlan,
  protocol: 'udp' | 'tcp',
  { plan, tables, counters, writeLine }: PipelineOptions,
): QueryPipeline {
  const { group, localAddresses } = listener
  const { blocks } = plan
  const report = errorReporter(listener, plan, writeLine)
  return {
    path: createPacketPath({ group, blocks, tables, protocol, localAddresses, report }),
    observer: createObserver({ listener, blocks, protocol, counters, writeLine }),
  }
}

function errorReporter(
  listener: ListenerPlan,
  plan: ServerPlan,
  writeLine: (line: string) => void,
) {
  const later = (task: () => void, ms: number) => void setTimeout(task, ms).unref()
  const logs = listener.group.zones.map(({ block }) => {
    const config = plan.blocks[block]?.handlers.find(({ plugin }) => plugin === 'errors')
    return config?.plugin === 'errors' ? createErrorsLog(config, { writeLine, later }) : undefined
  })
  const parsed = new Request()
  return (zone: number, wire: Uint8Array, error: string): void => {
    parsed.parse(wire, 0, wire.length)
    logs[zone]?.(parsed, SERVFAIL, error)
  }
}
