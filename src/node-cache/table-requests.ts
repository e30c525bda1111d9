// The requests of nf_tables (linux/netfilter/nf_tables.h) for the rules of a node cache. As `nft list ruleset` prints them:
//
//   table inet clusterset_dns {
//     flags owner
//     chain queries_of_pods { type filter hook prerouting priority raw; ip daddr ADDRESS udp dport 53 counter notrack ... }
//     chain queries_of_node { type filter hook output priority raw; ip daddr ADDRESS udp dport 53 counter notrack ... }
//     chain replies         { type filter hook output priority raw; ip saddr ADDRESS udp sport 53 counter notrack ... }
//   }
//
// Without connection tracking kube-proxy does not translate the address, so the queries reach this server. The kernel deletes
// a table with an owner when the socket that made it is closed, and so when the process ends in whatever way.
import { addressBytes } from '../dns/address.ts'
import {
  attribute,
  bigEndianAttribute,
  type NetlinkRequest,
  NLM_F_ACK,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  nested,
  textAttribute,
} from './netlink.ts'

/** The name of the table, of the family inet. */
export const TABLE = 'clusterset_dns'
/** The chains through which queries go: those of pods and other hosts, and those of processes on this node. */
const QUERY_CHAINS = ['queries_of_pods', 'queries_of_node'] as const
const REPLIES = 'replies'
type Chain = (typeof QUERY_CHAINS)[number] | typeof REPLIES

const SUBSYSTEM = 10
const BATCH_BEGIN = 0x10
const BATCH_END = 0x11
const NEWTABLE = SUBSYSTEM << 8
const NEWCHAIN = NEWTABLE | 3
const NEWRULE = NEWTABLE | 6
const DELRULE = NEWTABLE | 8

const NFPROTO_INET = 1
const NFPROTO_IPV4 = 2
const NFPROTO_IPV6 = 10
const IPPROTO_TCP = 6
const IPPROTO_UDP = 17
const TABLE_F_OWNER = 2
const PRE_ROUTING = 0
const LOCAL_OUT = 3
/** NF_IP_PRI_RAW: before connection tracking. */
const RAW = -300
const ACCEPT = 1

const META_NFPROTO = 15
const META_L4PROTO = 16
const NETWORK_HEADER = 1
const TRANSPORT_HEADER = 2
const EQUAL = 0
/** NFT_REG_1: the values of a rule go through it. */
const REGISTER = 1
const DNS_PORT = Buffer.of(0, 53)

/** The numbers of attributes: NFTA_TABLE_NAME and so on. */
const OF_TABLE = { name: 1, flags: 2 }
const OF_CHAIN = { table: 1, name: 3, hook: 4, policy: 5, type: 7 }
const OF_HOOK = { number: 1, priority: 2 }
const OF_RULE = { table: 1, chain: 2, expressions: 4 }
const LIST_ELEMENT = 1
const OF_EXPRESSION = { name: 1, data: 2 }
const OF_META = { register: 1, key: 2 }
const OF_PAYLOAD = { register: 1, header: 2, offset: 3, length: 4 }
const OF_COMPARISON = { register: 1, operator: 2, data: 3 }
const DATA_VALUE = 1

/** Makes the table. EPERM: another process has one. EEXIST: there is one without an owner. ENOTSUP: a kernel before 5.12. */
export function tableRequests(addresses: readonly string[]): readonly NetlinkRequest[] {
  const table = request(
    `create the table inet ${TABLE}`,
    NEWTABLE,
    NLM_F_CREATE | NLM_F_EXCL,
    textAttribute(OF_TABLE.name, TABLE),
    bigEndianAttribute(OF_TABLE.flags, TABLE_F_OWNER),
  )
  const rules = addresses.flatMap((address) =>
    [IPPROTO_UDP, IPPROTO_TCP].flatMap((protocol) => [
      ...QUERY_CHAINS.map((chain) => rule(chain, address, protocol)),
      rule(REPLIES, address, protocol),
    ]),
  )
  return batch([
    table,
    chain('queries_of_pods', PRE_ROUTING),
    chain('queries_of_node', LOCAL_OUT),
    chain(REPLIES, LOCAL_OUT),
    ...rules,
  ])
}

/** Removes the rules for queries; those for replies stay, for the queries that have arrived. */
export function repliesOnlyRequests(): readonly NetlinkRequest[] {
  return batch(
    QUERY_CHAINS.map((name) => request(`empty the chain ${name}`, DELRULE, 0, ...ofChain(name))),
  )
}

/** All requests take effect, or none (nfnetlink batch). */
function batch(requests: readonly NetlinkRequest[]): readonly NetlinkRequest[] {
  const border = (type: number): NetlinkRequest => ({
    about: `change the table inet ${TABLE}`,
    type,
    flags: 0,
    // The last two bytes are the subsystem, in network order.
    payload: Uint8Array.of(0, 0, 0, SUBSYSTEM),
  })
  return [border(BATCH_BEGIN), ...requests, border(BATCH_END)]
}

function request(
  about: string,
  type: number,
  flags: number,
  ...attributes: readonly Uint8Array[]
): NetlinkRequest {
  const header = Uint8Array.of(NFPROTO_INET, 0, 0, 0)
  return { about, type, flags: NLM_F_ACK | flags, payload: Buffer.concat([header, ...attributes]) }
}

function chain(name: Chain, hook: number): NetlinkRequest {
  return request(
    `create the chain ${name}`,
    NEWCHAIN,
    NLM_F_CREATE,
    textAttribute(OF_CHAIN.table, TABLE),
    textAttribute(OF_CHAIN.name, name),
    nested(
      OF_CHAIN.hook,
      bigEndianAttribute(OF_HOOK.number, hook),
      bigEndianAttribute(OF_HOOK.priority, RAW),
    ),
    bigEndianAttribute(OF_CHAIN.policy, ACCEPT),
    textAttribute(OF_CHAIN.type, 'filter'),
  )
}

/** The chain of a rule. */
function ofChain(name: Chain): readonly Uint8Array[] {
  return [textAttribute(OF_RULE.table, TABLE), textAttribute(OF_RULE.chain, name)]
}

function rule(name: Chain, address: string, protocol: number): NetlinkRequest {
  const bytes = addressBytes(address)
  if (bytes === undefined) throw new TypeError(`${address} is not an IP address`)
  const isV4 = bytes.length === 4
  const isReply = name === REPLIES
  // The offsets of source and destination in the headers of IPv4 and IPv6.
  const offset = isV4 ? (isReply ? 12 : 16) : isReply ? 8 : 24
  return request(
    `add a rule for ${address} to the chain ${name}`,
    NEWRULE,
    NLM_F_CREATE | NLM_F_APPEND,
    ...ofChain(name),
    nested(
      OF_RULE.expressions,
      ...matches(meta(META_NFPROTO), Uint8Array.of(isV4 ? NFPROTO_IPV4 : NFPROTO_IPV6)),
      ...matches(payload(NETWORK_HEADER, offset, bytes.length), bytes),
      ...matches(meta(META_L4PROTO), Uint8Array.of(protocol)),
      ...matches(payload(TRANSPORT_HEADER, isReply ? 0 : 2, 2), DNS_PORT),
      expression('counter'),
      expression('notrack'),
    ),
  )
}

/** An expression of a rule. */
function expression(name: string, ...attributes: readonly Uint8Array[]): Uint8Array {
  const data = attributes.length === 0 ? [] : [nested(OF_EXPRESSION.data, ...attributes)]
  return nested(LIST_ELEMENT, textAttribute(OF_EXPRESSION.name, name), ...data)
}

/** Loads a value, and ends the rule unless it is this one. */
function matches(load: Uint8Array, value: Uint8Array): readonly Uint8Array[] {
  const compare = expression(
    'cmp',
    bigEndianAttribute(OF_COMPARISON.register, REGISTER),
    bigEndianAttribute(OF_COMPARISON.operator, EQUAL),
    nested(OF_COMPARISON.data, attribute(DATA_VALUE, value)),
  )
  return [load, compare]
}

/** Loads what the kernel knows of the packet. */
function meta(key: number): Uint8Array {
  return expression(
    'meta',
    bigEndianAttribute(OF_META.register, REGISTER),
    bigEndianAttribute(OF_META.key, key),
  )
}

/** Loads bytes of a header. */
function payload(header: number, offset: number, length: number): Uint8Array {
  return expression(
    'payload',
    bigEndianAttribute(OF_PAYLOAD.register, REGISTER),
    bigEndianAttribute(OF_PAYLOAD.header, header),
    bigEndianAttribute(OF_PAYLOAD.offset, offset),
    bigEndianAttribute(OF_PAYLOAD.length, length),
  )
}
