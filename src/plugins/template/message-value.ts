// The query as templates see it: .Message and .Question (dns.Msg and dns.Question of miekg/dns).
import {
  FLAG_AA,
  FLAG_AD,
  FLAG_CD,
  FLAG_RA,
  FLAG_RD,
  FLAG_TC,
  FLAG_Z,
  HEADER_SIZE,
} from '../../dns/codes.ts'
import { nameToText } from '../../dns/name.ts'
import type { Query } from '../chain.ts'
import { intValue, listValue, type StructValue, type Value } from './go/values.ts'

/** The fields of .Message that a template may use. The sections of records are not among them: a query has none. */
export const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  'Id',
  'Response',
  'Opcode',
  'Authoritative',
  'Truncated',
  'RecursionDesired',
  'RecursionAvailable',
  'Zero',
  'AuthenticatedData',
  'CheckingDisabled',
  'Rcode',
  'Question',
])

/** The value of .Message. */
export function messageValue(query: Query): Value {
  const { flags, id, opcode } = query.request
  const has = (flag: number) => () => (flags & flag) !== 0
  return {
    kind: 'struct',
    type: '*dns.Msg',
    fields: {
      Id: () => intValue(id, 'uint16'),
      Response: () => false,
      Opcode: () => intValue(opcode),
      Authoritative: has(FLAG_AA),
      Truncated: has(FLAG_TC),
      RecursionDesired: has(FLAG_RD),
      RecursionAvailable: has(FLAG_RA),
      Zero: has(FLAG_Z),
      AuthenticatedData: has(FLAG_AD),
      CheckingDisabled: has(FLAG_CD),
      Rcode: () => intValue(flags & 0xf),
      Question: () => listValue('[]dns.Question', [questionValue(query)]),
    },
  }
}

/** The value of .Question; its name is in the case of the client. */
export function questionValue({ request, wire }: Query): StructValue {
  const { nameLength, type } = request
  const qclass = request.class
  return {
    kind: 'struct',
    type: '*dns.Question',
    fields: {
      Name: () => nameToText(wire.subarray(HEADER_SIZE, HEADER_SIZE + nameLength)),
      Qtype: () => intValue(type, 'uint16'),
      Qclass: () => intValue(qclass, 'uint16'),
    },
  }
}
