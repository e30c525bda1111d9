// The query pipeline of one listener and protocol on one thread: the packet path, the observers of its replies, and the
// recovery of exceptions. All three belong to the same plan.
import { type ListenGroup, serverName, type TcpSettings } from '../../config.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { formatLine, type LogFormat } from '../../log.ts'
import type { QueryObserver, UpstreamHost } from '../../plugins/runtime.ts'
import { TableReader } from '../../zone/table-reader.ts'
import type { Outbox } from '../shared/outbox.ts'
import type { ServerPlan } from '../shared/plan.ts'
import { type BlockHandlers, blockHandlers } from './block-handlers.ts'
import { createPacketPath } from './listener-path.ts'
import { Observer } from './observer.ts'
import type { PacketPath } from './packet-path.ts'
import { createRecovery, type Recover } from './recovery.ts'
import { type ReplyGates, replyGates } from './reply-gates.ts'
import { UpstreamPath } from './upstream-path.ts'

/** Answers the queries of one listener and protocol. */
export interface QueryPipeline {
  readonly path: PacketPath
  /** Undefined if no zone is counted or logged. */
  readonly observer: Observer | undefined
  /** Undefined if all replies are sent. */
  readonly gates: ReplyGates | undefined
  readonly recover: Recover
  /** The limits of TCP connections; undefined = the defaults. */
  readonly tcp?: TcpSettings | undefined
}

interface PipelineOptions {
  readonly plan: ServerPlan
  /** `RuntimeContext.thread`. */
  readonly thread: number
  /** The readers of the plan's tables, by key. */
  readonly tables: ReadonlyMap<string, TableReader>
  /** The counters of this thread, by plugin. */
  readonly counters: ReadonlyMap<string, Float64Array>
  /** The THREAD_ counters of this thread. */
  readonly threadCounters: Int32Array
  readonly outbox: Pick<Outbox, 'writeLine' | 'report'>
  /** `RuntimeContext.refresh` for a listener, by its index in the plan. */
  readonly refresh: (listener: number, exchange: Exchange) => void
  /** `RuntimeContext.hasUpstreamThread`. */
  readonly hasUpstreamThread: boolean
  /** The format of the lines that this thread writes. */
  readonly logFormat: LogFormat
}

/** The readers of the plan's tables for one thread, by key; readers of the previous plan are reused. */
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

/** The counters of a plan message as arrays of numbers, by plugin. */
export function countersOf(
  buffers: Readonly<Record<string, SharedArrayBuffer>>,
): ReadonlyMap<string, Float64Array> {
  return new Map(
    Object.entries(buffers).map(([plugin, buffer]) => [plugin, new Float64Array(buffer)]),
  )
}

const NO_COUNTERS = new Float64Array(0)

/** Builds the pipeline of a listener, by its index in the plan. */
export function createPipeline(
  listener: number,
  protocol: 'udp' | 'tcp',
  options: PipelineOptions,
): QueryPipeline {
  const { group } = options.plan.listeners[listener]!
  const blocks = blocksOf(listener, protocol, options)
  return pipelineOf(group, protocol, blocks, options)
}

/** The pipeline of a listener on the upstream thread. */
export interface UpstreamPipeline extends QueryPipeline {
  readonly upstreamPath: UpstreamPath
  readonly onError: Observer['observeError']
}

/** Builds the upstream pipeline of a listener, by its index in the plan. */
export function createUpstreamPipeline(
  listener: number,
  options: PipelineOptions,
  host: UpstreamHost,
): UpstreamPipeline {
  const { group } = options.plan.listeners[listener]!
  const blocks = blocksOf(listener, 'udp', options)
  return {
    ...pipelineOf(group, 'udp', blocks, options),
    upstreamPath: new UpstreamPath(group, blocks, host),
  }
}

function blocksOf(
  listener: number,
  protocol: 'udp' | 'tcp',
  options: PipelineOptions,
): readonly BlockHandlers[] {
  const { plan, thread, tables, counters, outbox, logFormat, refresh, hasUpstreamThread } = options
  const { group, localAddresses } = plan.listeners[listener]!
  return plan.blocks.map((config, block) =>
    blockHandlers(config, (plugin) => ({
      block,
      settings: config.settings,
      listener,
      protocol,
      thread,
      localAddress: group.address,
      localAddresses,
      tables,
      counters: counters.get(plugin) ?? NO_COUNTERS,
      shared: plan.shared[plugin],
      hasUpstreamThread,
      refresh: (exchange) => refresh(listener, exchange),
      writeLog: (record) => outbox.writeLine(formatLine(logFormat, record, Date.now())),
      report: (line) => outbox.report(plugin, line),
    })),
  )
}

function pipelineOf(
  group: ListenGroup,
  protocol: 'udp' | 'tcp',
  blocks: readonly BlockHandlers[],
  { plan, tables, threadCounters, outbox, logFormat }: PipelineOptions,
): QueryPipeline & Pick<UpstreamPipeline, 'onError'> {
  const observer = new Observer([
    unmatchedObservers(blocks),
    ...group.zones.map(({ block }, zone) => observersOf(blocks[block]!, zone)),
  ])
  const recover = createRecovery({
    server: serverName(group),
    blocks: group.zones.map(({ block }) => plan.blocks[block]!),
    threadCounters,
    writeLog: (record) => outbox.writeLine(formatLine(logFormat, record, Date.now())),
  })
  const onError = observer.observeError.bind(observer)
  return {
    path: createPacketPath({ group, blocks, tables, protocol, onError, recover }),
    observer: observer.seesErrorsOnly ? undefined : observer,
    gates: replyGates(group, blocks),
    recover,
    tcp: group.tcp,
    onError,
  }
}

function observersOf({ links }: BlockHandlers, zone: number): readonly QueryObserver[] {
  return links.flatMap((link) => link.observer?.(zone) ?? [])
}

/** The observers of requests without a zone, which belong to no block: those of the first block that has any. */
function unmatchedObservers(blocks: readonly BlockHandlers[]): readonly QueryObserver[] {
  return (
    blocks.map((block) => observersOf(block, -1)).find((observers) => observers.length > 0) ?? []
  )
}
