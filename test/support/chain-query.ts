// Queries for tests of handlers.
import { Request } from '../../src/dns/request.ts'
import {
  type Answer,
  type Client,
  isReply,
  type Query,
  type Reply,
} from '../../src/plugins/chain.ts'
import { encodeQuery, type QuerySpec } from './dns-encode.ts'

const CLIENT: Client = {
  protocol: 'udp',
  remoteAddress: '192.0.2.7',
  remotePort: 4660,
  localAddress: '::1',
  localPort: 53,
}

/** The answer of a handler that replies with records. */
export function recordsOf(answer: Answer): Reply {
  if (!isReply(answer)) throw new Error('the answer has no records')
  return answer
}

/** An A query; by default for Example.org, from 192.0.2.7 over UDP. */
export function chainQuery({
  name = 'Example.org',
  ...client
}: { readonly name?: string } & Partial<Client> = {}): Query {
  return queryOf({ name, type: 'A' }, client)
}

/** A query of any kind. */
export function queryOf(spec: QuerySpec, client: Partial<Client> = {}): Query {
  return queryOfBytes(encodeQuery(spec), client)
}

/** The query that has these bytes. */
export function queryOfBytes(wire: Uint8Array, client: Partial<Client> = {}): Query {
  const request = new Request()
  request.parse(wire, 0, wire.length)
  return {
    request,
    wire,
    client: { ...CLIENT, ...client },
    limit: 65535,
    isRefresh: false,
    lookup: () => Promise.reject(new Error('this query has no server to ask')),
    answeredBy: () => {},
    rewritten: (other, asked = wire) => ({ ...queryOfBytes(other, client), asked }),
  }
}
