// `whoami` at query time: replies with the client's address and port as additional records (coredns plugin/whoami).
import { addressBytes } from '../../dns/address.ts'
import { setU16 } from '../../dns/bytes.ts'
import { NAME_MAX_SIZE, NOERROR, TYPE_A, TYPE_AAAA, TYPE_SRV } from '../../dns/codes.ts'
import type { RR } from '../../dns/message.ts'
import { concat, labelToWire } from '../../dns/name.ts'
import type { Handler, Query } from '../chain.ts'
import type { Runtime } from '../runtime.ts'

export const whoamiRuntime: Runtime = () => ({ handler: whoamiHandler })

/** The handler of `whoami`; it never calls `next`. */
export const whoamiHandler: Handler = {
  name: 'whoami',
  async handle(query) {
    return {
      rcode: NOERROR,
      authoritative: true,
      answers: [],
      authorities: [],
      additionals: [addressRecord(query), portRecord(query)].filter((rr) => rr !== undefined),
    }
  },
}

function qname({ request }: Query): Uint8Array {
  return request.name.slice(0, request.nameLength)
}

function addressRecord(query: Query): RR | undefined {
  const { remoteAddress } = query.client
  const data = addressBytes(remoteAddress)
  if (data === undefined) return undefined
  const type = data.length === 4 ? TYPE_A : TYPE_AAAA
  return { name: qname(query), type, class: query.request.class, ttl: 0, data }
}

function portRecord(query: Query): RR | undefined {
  const name = concat(labelToWire(`_${query.client.protocol}`)!, qname(query))
  if (name.length > NAME_MAX_SIZE) return undefined
  const data = new Uint8Array(7)
  setU16(data, 4, query.client.remotePort)
  return { name, type: TYPE_SRV, class: query.request.class, ttl: 0, data }
}
