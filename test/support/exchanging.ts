// Exchangers of `forward` without a forwarder.
import { onTestFinished } from 'vitest'
import type {
  Exchanger,
  ExchangerOptions,
  Outcome,
} from '../../src/plugins/forward/exchange/exchanger.ts'
import { type Outgoing, outgoingQuery } from '../../src/plugins/forward/exchange/outgoing.ts'
import { queryOf } from './chain-query.ts'
import type { QuerySpec } from './dns-encode.ts'
import { type HandClock, handClock } from './hand-clock.ts'

/** The options of an exchanger with 127.0.0.1, and what it told. */
interface ExchangeSetup {
  readonly options: ExchangerOptions
  readonly clock: HandClock
  /** The uses of connections: true = an existing one. */
  readonly hits: readonly boolean[]
}

/** Options of an exchanger; its clock stands until the test advances it. */
export function exchangeSetup(
  port: number,
  changes: Partial<ExchangerOptions> = {},
): ExchangeSetup {
  const clock = handClock()
  const hits: boolean[] = []
  const options: ExchangerOptions = {
    address: '127.0.0.1',
    port,
    name: `127.0.0.1:${port}`,
    readTimeoutMs: 2000,
    expireMs: 10_000,
    maxAgeMs: 0,
    maxIdleConnections: 0,
    clock,
    onConnection: (hit) => void hits.push(hit),
    ...changes,
  }
  return { options, clock, hits }
}

/** Closes the exchanger's connections when the test ends. */
export function retiring<E extends Exchanger>(exchanger: E): E {
  onTestFinished(() => exchanger.retire())
  return exchanger
}

/** The query for an upstream that a client's query becomes. */
export function outgoingOf(spec: QuerySpec, protocol: 'udp' | 'tcp' = 'udp'): Outgoing {
  return outgoingQuery(queryOf(spec, { protocol }))!
}

/** The outcome of one attempt, with the deadline 5 s after the start of the clock. */
export function ask(exchanger: Exchanger, name = 'www.example', deadline = 5000): Promise<Outcome> {
  return new Promise((done) => exchanger.ask(outgoingOf({ name, type: 'A' }), deadline, done))
}

/** The last bytes of the addresses in a reply, or the error. */
export function read(outcome: Outcome): number[] | string {
  if ('error' in outcome) return outcome.error
  const { wire } = outcome.reply
  return Array.from(
    { length: wire[7]! },
    (_, i) => wire[wire.length - 1 - 16 * (wire[7]! - 1 - i)]!,
  )
}
