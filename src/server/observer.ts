// What is done with a query after its reply was sent: counting and logging. Chosen once for each zone of a
// listener; a zone without `prometheus` and `log` costs nothing here.
import { performance } from 'node:perf_hooks'
import type { BlockConfig } from '../config.ts'
import { u16 } from '../dns/bytes.ts'
import { CLASS_IN, FLAG_AA, REFUSED, SERVFAIL } from '../dns/codes.ts'
import { PARSED, Request } from '../dns/request.ts'
import { compileRules, type LoggedQuery } from '../plugins/log-format.ts'
import type { ListenerPlan } from './plan.ts'
import { countQuery } from './query-metrics.ts'

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

/**
 * Told of one query: its zone in the listener (-1 for none), its bytes, the reply's bytes, who asked, and
 * performance.now() when it was read.
 */
export type Observer = (
  zone: number,
  request: Uint8Array,
  reply: Uint8Array,
  replyLength: number,
  peer: Peer,
  startedAt: number,
) => void

/** The observer of a listener; undefined where no zone is counted or logged. */
export function createObserver(options: ObserverOptions): Observer | undefined {
  const { listener, blocks, protocol, counters } = options
  const zones = listener.group.zones.map(({ block }, index) => ({
    counter: listener.counters[index] ?? -1,
    log: logOf(blocks[block]),
  }))
  const dropped = { counter: listener.droppedCounter, log: undefined }
  if ([dropped, ...zones].every(({ counter, log }) => counter < 0 && log === undefined)) {
    return undefined
  }
  const parsed = new Request()
  const localAddress = listener.group.address
  const isTcp = protocol === 'tcp'

  return (zone, request, reply, replyLength, peer, startedAt) => {
    const { counter, log } = zones[zone] ?? dropped
    if (counter < 0 && log === undefined) return
    // What is no query for a server block is not counted (FORMERR, NOTIMP, BADVERS), as in CoreDNS.
    if (parsed.parse(request, 0, request.length) !== PARSED) return
    if (parsed.hasOpt && parsed.optVersion !== 0 && parsed.class === CLASS_IN) return
    const seconds = (performance.now() - startedAt) / 1000
    const flags = u16(reply, 2)
    const rcode = flags & 0xf
    if (counter >= 0) {
      countQuery(counters, counter, {
        isTcp,
        isIpv6: peer.address.includes(':'),
        type: parsed.type,
        dnssecOk: (parsed.optFlags & 0x8000) !== 0,
        requestBytes: request.length,
        replyBytes: replyLength,
        rcode,
        byServer: (flags & FLAG_AA) === 0 && (rcode === REFUSED || rcode === SERVFAIL),
        seconds,
      })
    }
    if (log === undefined) return
    const line = log({
      request: parsed,
      protocol,
      requestBytes: request.length,
      remoteAddress: peer.address,
      remotePort: peer.port,
      localAddress,
      replyFlags: flags,
      answers: u16(reply, 6),
      authorities: u16(reply, 8),
      replyBytes: replyLength,
      seconds,
    })
    if (line !== undefined) options.writeLine(`[INFO] ${line}`)
  }
}

function logOf(
  block: BlockConfig | undefined,
): ((query: LoggedQuery) => string | undefined) | undefined {
  const config = block?.handlers.find((handler) => handler.plugin === 'log')
  return config === undefined ? undefined : compileRules(config.rules)
}
