// The questions for a zone and their answers, and the answer that is a referral.
import { TYPE_DS, TYPE_NS, TYPE_SOA } from '../dns/codes.ts'
import type { RR } from '../dns/message.ts'
import { glue } from './additional.ts'
import { ofType, signed, type Zone, type ZoneNode } from './zone.ts'

/** `failed`: with answers, a target outside of the zone failed (RFC 6604 section 3). */
export type Outcome = 'success' | 'no data' | 'no name' | 'delegation' | 'failed'

export interface ZoneAnswer {
  readonly outcome: Outcome
  readonly answers: readonly RR[]
  readonly authorities: readonly RR[]
  readonly additionals: readonly RR[]
}

/** Asks this server for a name outside of the zone. `rcode` and answers of its reply; undefined if it failed. */
export type Ask = (
  name: Uint8Array,
  type: number,
) => Promise<{ readonly rcode: number; readonly answers: readonly RR[] } | undefined>

/** A question for a zone. */
export interface ZoneQuestion {
  readonly zone: Zone
  /** The key of the name (`name-key.ts`), which is the zone's or below it. */
  readonly name: string
  readonly type: number
  /** True for a client with DO. */
  readonly dnssec: boolean
  readonly ask: Ask
}

/** The referral of a zone cut at `node`; undefined if there is none. The parent zone answers for DS at the cut itself. */
export function delegation(
  { zone, name, type, dnssec }: Pick<ZoneQuestion, 'zone' | 'name' | 'type' | 'dnssec'>,
  node: ZoneNode,
): ZoneAnswer | undefined {
  const servers = ofType(node, TYPE_NS)
  if (servers.length === 0 || (type === TYPE_DS && node.key === name)) return undefined
  return {
    outcome: 'delegation',
    answers: [],
    authorities: dnssec ? [...servers, ...signed(node, TYPE_DS, true)] : servers,
    additionals: glue(zone, servers, dnssec),
  }
}

/** True for a question that a zone's own nodes cannot answer: they do not have the records of the zone's own name. */
export function isForApex(zone: Zone, name: string, type: number): boolean {
  return type === TYPE_NS || (type === TYPE_SOA && name === zone.origin)
}
