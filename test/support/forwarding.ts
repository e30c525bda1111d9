// One directive `forward` with its upstreams, without a server.
import type { Answer, Client } from '../../src/plugins/chain.ts'
import { isReply, isWire } from '../../src/plugins/chain.ts'
import { Forwarder, type ForwarderEnv } from '../../src/plugins/forward/forwarder.ts'
import type { ForwardOptions, Target, TlsMaterial } from '../../src/plugins/forward/options.ts'
import { newOptions } from '../../src/plugins/forward/stanza.ts'
import { UpstreamWriter } from '../../src/plugins/forward/upstream-writer.ts'
import { queryOf } from './chain-query.ts'
import { decodeMessage, type Message } from './dns-decode.ts'
import type { QuerySpec } from './dns-encode.ts'

/** One directive with its upstreams. */
interface Forwarding {
  readonly forwarder: Forwarder
  readonly options: ForwardOptions
  readonly writer: UpstreamWriter
  /** The upstreams for which a probe was requested, by id, in order. */
  readonly probes: readonly number[]
  /** Asks for a name; the next `forward` of the block exists. */
  readonly ask: (spec: QuerySpec, protocol?: Client['protocol']) => Promise<Outcome>
}

/** What came of a query: a reply of an upstream, a reply of `forward` itself, or the next `forward`. */
export interface Outcome {
  readonly reply?: Message
  readonly rcode?: number
  readonly error?: string | undefined
  readonly isNext?: boolean
}

export interface ForwardingOptions {
  readonly options?: Partial<ForwardOptions>
  readonly transport?: Target['transport']
  readonly tls?: TlsMaterial
  readonly env?: Partial<ForwarderEnv>
}

/** A directive `forward . TO...`; each upstream is "IP:PORT" or "[IP]:PORT". */
export function forwardingTo(
  upstreams: readonly string[],
  { options: changes = {}, transport = 'dns', tls = {}, env = {} }: ForwardingOptions = {},
): Forwarding {
  const to = upstreams.map((text): Target & { kind: 'address' } => {
    const colon = text.lastIndexOf(':')
    const address = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
    return { kind: 'address', transport, address, port: Number(text.slice(colon + 1)) }
  })
  const options: ForwardOptions = { ...newOptions('.'), to, ...changes }
  const writer = new UpstreamWriter()
  writer.update(to.map(({ address, port }, target) => ({ target, address, port })))
  const probes: number[] = []
  const requestProbe = (id: number) => void probes.push(id)
  const shared = { upstreams: writer.buffer, tls }
  const forwarder = new Forwarder(options, shared, 0, { requestProbe, ...env })
  return {
    forwarder,
    options,
    writer,
    probes,
    ask: async (spec, protocol = 'udp') =>
      outcomeOf(await forwarder.ask(queryOf(spec, { protocol }), true)),
  }
}

/** The answer of `Forwarder.ask` for comparison. */
export function outcomeOf(answer: Answer | 'next'): Outcome {
  if (answer === 'next') return { isNext: true }
  if (isWire(answer)) return { reply: decodeMessage(answer.wire) }
  if (!isReply(answer)) throw new Error('no reply')
  return { rcode: answer.rcode, error: answer.error }
}
