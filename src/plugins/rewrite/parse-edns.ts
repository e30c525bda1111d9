// `edns0` rules (coredns plugin/rewrite newEdns0Rule).
import { parseUint, quote } from '../../corefile/go-text.ts'
import type { RuleArguments } from './rule-arguments.ts'
import { RuleError } from './rule-error.ts'
import {
  CLIENT_SUBNET,
  type EdnsAction,
  type EdnsData,
  type EdnsRule,
  type EdnsVariable,
  NSID,
} from './rules.ts'

const VARIABLES: readonly EdnsVariable[] = [
  'qname',
  'qtype',
  'client_ip',
  'client_port',
  'protocol',
  'server_ip',
  'server_port',
]
const IPV4_BITS = 32
const IPV6_BITS = 128
const NO_BYTES: EdnsData = { kind: 'bytes', bytes: new Uint8Array(0) }
const ACTIONS: readonly EdnsAction[] = ['append', 'replace', 'set', 'unset']

export function parseEdnsRule({ mode, args, at }: RuleArguments): EdnsRule {
  const [option, word] = args.slice(0, 2).map((arg) => arg.toLowerCase())
  if (option === undefined || word === undefined) {
    throw new RuleError('too few arguments for an EDNS0 rule')
  }
  const action = ACTIONS.find((one) => one === word)
  if (action === undefined) throw new RuleError(`invalid action: ${quote(word)}`, at + 1)
  const rest = args.slice(2)
  if (action === 'unset')
    return { type: 'edns0', mode, action, ...unset(option, rest, at), revert: false }
  const revert = args.at(-1) === 'revert'
  if (revert) rest.pop()
  return { type: 'edns0', mode, action, ...optionOf(option, rest, at), revert }
}

type Option = Pick<EdnsRule, 'code' | 'data'>

/** The option of an `unset`. */
function unset(option: string, rest: readonly string[], at: number): Option {
  switch (option) {
    case 'local':
      if (rest.length !== 1) {
        throw new RuleError('local unset action requires exactly two arguments')
      }
      return { code: numberOf(rest[0]!, at + 2), data: NO_BYTES }
    case 'nsid':
    case 'subnet':
      if (rest.length > 0)
        throw new RuleError(`${option} unset action requires exactly one argument`)
      return { code: option === 'nsid' ? NSID : CLIENT_SUBNET, data: NO_BYTES }
    default:
      throw new RuleError(`invalid rule type ${quote(option)}`, at)
  }
}

/** The option of the other actions, with what it gets; `at` is the index of the option's name. */
function optionOf(option: string, rest: readonly string[], at: number): Option {
  const [first = '', second = ''] = rest
  switch (option) {
    case 'local':
      if (rest.length !== 2) throw new RuleError('EDNS0 local rules require three or four args')
      return { code: numberOf(first, at + 2), data: localData(second, at + 3) }
    case 'nsid':
      if (rest.length > 0) throw new RuleError('EDNS0 NSID rules can accept no more than one arg')
      return { code: NSID, data: NO_BYTES }
    case 'subnet': {
      if (rest.length !== 2) throw new RuleError('EDNS0 subnet rules require three or four args')
      const ipv4 = prefixOf(first, 'IPv4', IPV4_BITS, at + 2)
      return {
        code: CLIENT_SUBNET,
        data: { kind: 'subnet', ipv4, ipv6: prefixOf(second, 'IPv6', IPV6_BITS, at + 3) },
      }
    }
    default:
      throw new RuleError(`invalid rule type ${quote(option)}`, at)
  }
}

function localData(text: string, at: number): EdnsData {
  if (text.startsWith('{') && text.endsWith('}')) return variableOf(text, at)
  if (!text.startsWith('0x')) return { kind: 'bytes', bytes: Uint8Array.from(Buffer.from(text)) }
  const hex = text.slice(2)
  const bad = /[^\da-f]/i.exec(hex)?.[0]
  // Go decodes pair by pair, and an odd length is its last finding.
  if (bad !== undefined) throw new RuleError(`encoding/hex: invalid byte: ${runeText(bad)}`, at)
  if (hex.length % 2 > 0) throw new RuleError('encoding/hex: odd length hex string', at)
  return { kind: 'bytes', bytes: Uint8Array.from(Buffer.from(hex, 'hex')) }
}

/** Go's %#U of the first byte. */
function runeText(char: string): string {
  const byte = Buffer.from(char)[0]!
  const code = byte.toString(16).toUpperCase().padStart(4, '0')
  const isPrintable = (byte >= 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad)
  return isPrintable ? `U+${code} '${String.fromCharCode(byte)}'` : `U+${code}`
}

function variableOf(text: string, at: number): EdnsData {
  const label = text.slice(1, -1)
  const name = VARIABLES.find((variable) => variable === label)
  if (name !== undefined) return { kind: 'variable', name }
  // coredns plugin/metadata IsLabel.
  const slash = label.indexOf('/')
  if (slash <= 0 || slash === label.length - 1) {
    throw new RuleError(`unsupported variable name ${quote(text)}`, at)
  }
  return { kind: 'label', name: label }
}

function prefixOf(text: string, family: string, bits: number, at: number): number {
  const length = numberOf(text, at)
  if (length > bits) throw new RuleError(`invalid ${family} bit mask length ${length}`, at)
  return length
}

function numberOf(text: string, at: number): number {
  const parsed = parseUint(text, 16)
  if (!parsed.ok) throw new RuleError(parsed.message, at)
  return parsed.value
}
