// Queries for tests of handlers.
import { Request } from '../../src/dns/request.ts'
import type { Client, Query } from '../../src/plugins/chain.ts'
import { encodeQuery } from './dns-encode.ts'

const CLIENT: Client = {
  protocol: 'udp',
  remoteAddress: '192.0.2.7',
  remotePort: 4660,
  localAddress: '::1',
  localPort: 53,
}

/** An A query; by default for Example.org, from 192.0.2.7 over UDP. */
export function chainQuery({
  name = 'Example.org',
  ...client
}: { readonly name?: string } & Partial<Client> = {}): Query {
  const wire = encodeQuery({ name, type: 'A' })
  const request = new Request()
  request.parse(wire, 0, wire.length)
  return { request, wire, client: { ...CLIENT, ...client } }
}
