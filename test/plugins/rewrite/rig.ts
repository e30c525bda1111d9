// Runs the rules of a `rewrite` on one query, with a next plugin that answers as the test says.

import { addressBytes } from '../../../src/dns/address.ts'
import { decodeMessage, encodeMessage, type RR } from '../../../src/dns/message.ts'
import { escapedNameToWire, nameToText } from '../../../src/dns/name.ts'
import {
  type Answer,
  type Client,
  isReply,
  isWire,
  type Query,
  type Reply,
} from '../../../src/plugins/chain.ts'
import { rewriteHandler } from '../../../src/plugins/rewrite/handler.ts'
import { parseRule } from '../../../src/plugins/rewrite/parse-rule.ts'
import { queryOf } from '../../support/chain-query.ts'
import type { QuerySpec } from '../../support/dns-encode.ts'

export const wire = (name: string) => escapedNameToWire(name)!

/** A record of class IN from "NAME TTL TYPE DATA", for types with one name or an address as data. */
export function record(text: string): RR {
  const [name = '', ttl = '', type = '', ...data] = text.split(' ')
  const number = { A: 1, NS: 2, CNAME: 5, SOA: 6, MX: 15, AAAA: 28, SRV: 33, NAPTR: 35, DNAME: 39 }[
    type
  ]!
  return { name: wire(name), type: number, class: 1, ttl: Number(ttl), data: dataOf(type, data) }
}

function dataOf(type: string, data: readonly string[]): Uint8Array {
  if (type === 'A' || type === 'AAAA') return addressBytes(data[0]!)!
  const before = {
    MX: [0, 1],
    SRV: [0, 0, 0, 100, 0, 100],
    NAPTR: [0, 100, 0, 10, 1, 83, 0, 2, 33, 33],
  }[type]
  const after = type === 'SOA' ? new Uint8Array(20) : new Uint8Array(0)
  return Uint8Array.from([...(before ?? []), ...data.flatMap((name) => [...wire(name)]), ...after])
}

/** A reply with these records as answers. */
export function replyWith(answers: readonly string[], more: Partial<Reply> = {}): Reply {
  const records = { answers: answers.map(record), authorities: [], additionals: [] }
  return { rcode: 0, authoritative: false, ...records, ...more }
}

/** The same reply as the bytes of an upstream's message to `query`. */
export function asWire(reply: Reply, query: Query): Answer {
  const { request, wire: bytes } = query
  const name = bytes.slice(12, 12 + request.nameLength)
  const { answers, authorities, additionals, rcode } = reply
  const flags = 0x8180 | rcode
  const questions = [{ name, type: request.type, class: request.class }]
  const message = { id: 7, flags, questions, answers, authorities, additionals }
  return { wire: encodeMessage(message, 65_535) }
}

interface RunOptions {
  readonly client?: Partial<Client>
  readonly lookup?: Query['lookup']
  /** The values of the labels that a query has. */
  readonly labels?: Readonly<Record<string, string>>
  /** The reply of the next plugin. */
  readonly next?: (query: Query) => Answer
  readonly servesOtherClasses?: boolean
}

/** The query that the next plugin sees, and the answer for the client. */
export async function run(
  rules: readonly (readonly string[])[],
  spec: QuerySpec,
  {
    client,
    lookup,
    labels = {},
    next = () => replyWith([]),
    servesOtherClasses = false,
  }: RunOptions = {},
) {
  const plain = queryOf(spec, client)
  const withLookup = (query: Query): Query => ({
    ...query,
    lookup: lookup ?? query.lookup,
    rewritten: (bytes) => {
      const other = query.rewritten(bytes)
      return other && withLookup(other)
    },
  })
  const query = withLookup(plain)
  let seen: Query | undefined
  const labelOf = (name: string) => (name in labels ? () => labels[name] : undefined)
  const handler = rewriteHandler(rules.map(parseRule), () => true, labelOf, servesOtherClasses)
  const answer = await handler.handle(query, async (other = query) => {
    seen = other
    return next(other)
  })
  return { seen, answer, query }
}

/** The question of a query as text: name, type, class. */
export function questionOf({ request }: Query): readonly [string, number, number] {
  return [nameToText(request.name.slice(0, request.nameLength)), request.type, request.class]
}

/** The records of an answer in either form. */
export function sectionsOf(answer: Answer): Pick<Reply, 'answers' | 'authorities' | 'additionals'> {
  if (isReply(answer)) return answer
  if (!isWire(answer)) throw new Error('there is no reply')
  return decodeMessage(answer.wire)!
}

/** "OWNER TTL TYPE NAME" of a record, without the name if its data has none. */
export function textOf({ name, ttl, type, data }: RR): string {
  const at = { 2: 0, 5: 0, 6: 0, 15: 2, 33: 6, 35: 10, 39: 0 }[type]
  return [
    nameToText(name),
    ttl,
    type,
    at === undefined ? data.join('.') : nameToText(data, at),
  ].join(' ')
}
