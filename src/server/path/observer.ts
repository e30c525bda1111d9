// What is done with a query once its reply is written: counting and logging. Made once for each listener and
// protocol; a zone without `prometheus` and `log` costs nothing here. Counting allocates nothing.
import type { BlockConfig } from '../../config.ts'
import { u16 } from '../../dns/bytes.ts'
import type { Request } from '../../dns/request.ts'
import { compileRules, type LoggedQuery } from '../../plugins/log/format.ts'
import { countDuration, countQuery } from '../../plugins/prometheus/query-metrics.ts'
import type { ListenerPlan } from '../shared/plan.ts'

/** The client of a query. */
export interface Peer {
  readonly address: string
  readonly port: number
}

export interface ObserverOptions {
  readonly listener: ListenerPlan
  readonly blocks: readonly BlockConfig[]
  readonly protocol: 'udp' | 'tcp'
  readonly counters: Float64Array
  readonly writeLine: (line: string) => void
}

/** The observer of a listener; undefined where no zone is counted or logged. */
export function createObserver(options: ObserverOptions): Observer | undefined {
  const { counters, droppedCounter, group } = options.listener
  const idle = [droppedCounter, ...counters].every((counter) => counter < 0)
  const silent = group.zones.every(({ block }) => logOf(options.blocks[block]) === undefined)
  return idle && silent ? undefined : new Observer(options)
}

type Log = (query: LoggedQuery) => string | undefined

const NOT_COUNTED = -1

/** Told of each query that `PacketPath.isQuery` is true for, with its zone in the listener (-1 for none). */
export class Observer {
  readonly #counters: Float64Array
  readonly #isTcp: boolean
  readonly #localAddress: string
  readonly #writeLine: (line: string) => void
  /** Blocks of counters: of no zone first, then of each zone. */
  readonly #blocks: Int32Array
  readonly #logs: readonly (Log | undefined)[]

  constructor({ listener, blocks, protocol, counters, writeLine }: ObserverOptions) {
    const { zones, address } = listener.group
    this.#counters = counters
    this.#isTcp = protocol === 'tcp'
    this.#localAddress = address
    this.#writeLine = writeLine
    const own = zones.map((_zone, index) => listener.counters[index] ?? NOT_COUNTED)
    this.#blocks = Int32Array.of(listener.droppedCounter, ...own)
    this.#logs = zones.map(({ block }) => logOf(blocks[block]))
  }

  /** True where replies of the zone are logged. */
  logs(zone: number): boolean {
    return this.#logs[zone] !== undefined
  }

  /** Counts a query and its reply; how long it took is told to `took`. Sizes are in bytes. */
  count(
    zone: number,
    request: Request,
    requestBytes: number,
    replyFlags: number,
    replyBytes: number,
    isIpv6: boolean,
  ): void {
    const block = this.#blocks[zone + 1]!
    if (block < 0) return
    const isTcp = this.#isTcp
    countQuery(this.#counters, block, isTcp, isIpv6, request, requestBytes, replyFlags, replyBytes)
  }

  /** Counts how long a query took, or each of several. */
  observeDuration(zone: number, seconds: number, queries = 1): void {
    const block = this.#blocks[zone + 1]!
    if (block >= 0) countDuration(this.#counters, block, seconds, queries)
  }

  /** Writes the line that the zone's `log` has for it, if any. `reply` begins at `at` in `output`. */
  log(
    zone: number,
    request: Request,
    requestBytes: number,
    output: Uint8Array,
    at: number,
    replyBytes: number,
    peer: Peer,
    seconds: number,
  ): void {
    const line = this.#logs[zone]?.({
      request,
      protocol: this.#isTcp ? 'tcp' : 'udp',
      requestBytes,
      remoteAddress: peer.address,
      remotePort: peer.port,
      localAddress: this.#localAddress,
      replyFlags: u16(output, at + 2),
      answers: u16(output, at + 6),
      authorities: u16(output, at + 8),
      replyBytes,
      seconds,
    })
    if (line !== undefined) this.#writeLine(`[INFO] ${line}`)
  }

  /** All of the above for one reply that begins at `at` in `output`. */
  observe(
    zone: number,
    request: Request,
    requestBytes: number,
    output: Uint8Array,
    at: number,
    replyBytes: number,
    peer: Peer,
    seconds: number,
  ): void {
    const isIpv6 = peer.address.includes(':')
    this.count(zone, request, requestBytes, u16(output, at + 2), replyBytes, isIpv6)
    this.observeDuration(zone, seconds)
    this.log(zone, request, requestBytes, output, at, replyBytes, peer, seconds)
  }
}

function logOf(block: BlockConfig | undefined): Log | undefined {
  const config = block?.handlers.find((handler) => handler.plugin === 'log')
  return config === undefined ? undefined : compileRules(config.rules)
}
