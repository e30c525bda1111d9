// Queries for tests of handlers.
import { Request } from '../../src/dns/request.ts'
import {
  type Answer,
  type Client,
  isReply,
  type Query,
  type Reply,
} from '../../src/plugins/chain.ts'
import { encodeQuery } from './dns-encode.ts'

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
  const wire = encodeQuery({ name, type: 'A' })
  const request = new Request()
  request.parse(wire, 0, wire.length)
  return {
    request,
    wire,
    client: { ...CLIENT, ...client },
    isRefresh: false,
    lookup: () => Promise.reject(new Error('this query has no server to ask')),
  }
}
