// `edns0` rules at query time (coredns plugin/rewrite edns0.go).
import { addressBytes } from '../../dns/address.ts'
import { setU16 } from '../../dns/bytes.ts'
import type { Client } from '../chain.ts'
import type { Label } from '../runtime.ts'
import { type EdnsOption, withOption } from './options.ts'
import type { Question } from './question.ts'
import type { ResponseRule } from './response.ts'
import { type EdnsRule, type EdnsVariable, NSID } from './rules.ts'

/**
 * Applies the rule; returns what happens with the reply, undefined if the rule does not apply. `label` is the one that its
 * data names.
 */
export function applyEdns(
  rule: EdnsRule,
  question: Question,
  client: Client,
  label: Label | undefined,
): readonly ResponseRule[] | undefined {
  const { action, code } = rule
  const bytes = dataOf(rule, question, client, label)
  if (bytes === undefined) return undefined
  const { options } = question.ensureOpt()
  if (action === 'unset') {
    question.setOptions(options.filter((option) => option.code !== code))
    return []
  }
  const isLocal = rule.data.kind !== 'subnet' && code !== NSID
  const index = options.findIndex((one) => one.code === code && (one.isLocal || !isLocal))
  const found = options[index]
  const changed: EdnsOption = { code, data: bytes, isLocal: isLocal || (found?.isLocal ?? false) }
  if (found !== undefined && action !== 'append') {
    question.setOptions(withOption(options, index, changed))
    return rule.revert ? [reverting(code, found)] : []
  }
  // CoreDNS appends a second option, unless its data is a variable or a subnet.
  if (action === 'replace' || (found !== undefined && rule.data.kind !== 'bytes')) return undefined
  question.setOptions([...options, changed])
  return rule.revert ? [reverting(code, undefined)] : []
}

/** Puts `before` in the place of the first option with the code; removes that option if `before` is undefined. */
function reverting(code: number, before: EdnsOption | undefined): ResponseRule {
  return {
    options(options) {
      const index = options.findIndex((option) => option.code === code)
      return index < 0 ? options : withOption(options, index, before)
    },
  }
}

function dataOf(
  { action, data }: EdnsRule,
  question: Question,
  client: Client,
  label: Label | undefined,
): Uint8Array | undefined {
  if (action === 'unset') return new Uint8Array(0)
  switch (data.kind) {
    case 'bytes':
      return data.bytes
    case 'variable':
      return VARIABLES[data.name](question, client)
    case 'label': {
      // No upstream has been asked yet.
      const value = label?.({ request: question.asked, upstream: '' })
      return value ? text(value) : undefined
    }
    case 'subnet':
      return subnet(client, data)
  }
}

type Value = (question: Question, client: Client) => Uint8Array | undefined

const VARIABLES: Readonly<Record<EdnsVariable, Value>> = {
  qname: ({ qname }) => text(qname),
  qtype: ({ type }) => word(type),
  client_ip: (_question, { remoteAddress }) => addressBytes(remoteAddress),
  client_port: (_question, { remotePort }) => word(remotePort),
  protocol: (_question, { protocol }) => text(protocol),
  server_ip: (_question, client) => serverAddress(client),
  server_port: (_question, { localPort }) => word(localPort),
}

/** The server's address, which must be of the client's family; the unspecified address of a wildcard socket is IPv6. */
function serverAddress({ remoteAddress, localAddress }: Client): Uint8Array | undefined {
  const server = addressBytes(localAddress === '' ? '::' : localAddress)
  return server?.length === addressBytes(remoteAddress)?.length ? server : undefined
}

/** The client's network as an EDNS client subnet (RFC 7871 section 6). */
function subnet(
  { remoteAddress }: Client,
  { ipv4, ipv6 }: { readonly ipv4: number; readonly ipv6: number },
): Uint8Array | undefined {
  const address = addressBytes(remoteAddress)
  if (address === undefined) return undefined
  const isIpv4 = address.length === 4
  const prefix = isIpv4 ? ipv4 : ipv6
  const used = Math.ceil(prefix / 8)
  const option = new Uint8Array(4 + used)
  setU16(option, 0, isIpv4 ? 1 : 2)
  option[2] = prefix
  option.set(address.subarray(0, used), 4)
  if (prefix % 8 > 0) option[3 + used] = option[3 + used]! & (0xff << (8 - (prefix % 8)))
  return option
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(2)
  setU16(bytes, 0, value)
  return bytes
}
