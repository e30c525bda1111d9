// The formats and rules of `log`. A format is compiled once to a list of parts; a reply is classified like in CoreDNS
// (plugin/log, plugin/pkg/replacer, plugin/pkg/response).
import type { PluginConfig } from '../../config.ts'
import {
  className,
  FLAG_AA,
  FLAG_AD,
  FLAG_CD,
  FLAG_QR,
  FLAG_RA,
  FLAG_RD,
  FLAG_TC,
  FLAG_Z,
  NOERROR,
  NOTIMP,
  NXDOMAIN,
  rcodeName,
  SERVFAIL,
  TYPE_AXFR,
  TYPE_IXFR,
} from '../../dns/codes.ts'
import { isSubdomain, nameToText } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import { typeName } from '../../dns/type-names.ts'
import type { LogFields } from '../../log.ts'

/** CoreDNS' classes of replies. */
export type ResponseClass = 'success' | 'denial' | 'error' | 'all'

/** One name of a `log` directive. */
export interface LogRule {
  /** Lower-case FQDN; the rule applies to it and all names below it. */
  readonly name: string
  readonly format: string
  readonly classes: readonly ResponseClass[]
}

/** The directive `log` after its setup. */
export interface LogConfig extends PluginConfig {
  readonly plugin: 'log'
  readonly rules: readonly LogRule[]
}

/** The values that a log line can contain. */
export interface LoggedQuery {
  readonly request: Request
  readonly protocol: 'udp' | 'tcp'
  readonly requestBytes: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  /** Bytes 2 and 3 of the reply's header. */
  readonly replyFlags: number
  readonly answers: number
  readonly authorities: number
  readonly replyBytes: number
  /** The upstream that has answered, "IP:PORT"; '' if none has. */
  readonly upstream: string
  readonly seconds: number
}

/** Reads a value of a query; undefined if the query does not have it. */
type Value = (query: LoggedQuery) => string | undefined
/** The value of a label of `metadata`; undefined for an unknown one. */
type LabelOf = (name: string) => Value | undefined

const FLAG_NAMES = [
  [FLAG_QR, 'qr'],
  [FLAG_AA, 'aa'],
  [FLAG_TC, 'tc'],
  [FLAG_RD, 'rd'],
  [FLAG_RA, 'ra'],
  [FLAG_Z, 'z'],
  [FLAG_AD, 'ad'],
  [FLAG_CD, 'cd'],
] as const

const placeholders: Readonly<Record<string, (query: LoggedQuery) => string>> = {
  '{type}': ({ request }) => typeName(request.type),
  '{name}': ({ request }) => nameToText(request.name),
  '{class}': ({ request }) => className(request.class),
  '{proto}': ({ protocol }) => protocol,
  '{size}': ({ requestBytes }) => String(requestBytes),
  '{remote}': ({ remoteAddress }) => bracketed(remoteAddress),
  '{port}': ({ remotePort }) => String(remotePort),
  '{local}': ({ localAddress }) => bracketed(localAddress),
  '{rcode}': ({ replyFlags }) => rcodeName(replyFlags & 0xf),
  '{rsize}': ({ replyBytes }) => String(replyBytes),
  '{duration}': ({ seconds }) => `${nanoseconds(seconds)}s`,
  '{>id}': ({ request }) => String(request.id),
  '{>opcode}': ({ request }) => String(request.opcode),
  '{>do}': ({ request }) => String(hasDo(request)),
  '{>bufsize}': (query) => String(bufferSize(query)),
  '{>rflags}': ({ replyFlags }) => flagNames(replyFlags),
}

/**
 * The fields of a query's JSON line: those of CoreDNS' common format, whatever FORMAT the message has. `size`,
 * `bufsize` and `rsize` are bytes, `duration` is seconds, `rflags` is as in `{>rflags}`.
 */
export function fieldsOf(query: LoggedQuery): LogFields {
  const { request, replyFlags, replyBytes, requestBytes, seconds } = query
  return {
    plugin: 'log',
    client_ip: query.remoteAddress,
    name: nameToText(request.name),
    type: typeName(request.type),
    class: className(request.class),
    proto: query.protocol,
    size: requestBytes,
    do: hasDo(request),
    bufsize: bufferSize(query),
    rcode: rcodeName(replyFlags & 0xf),
    rflags: flagNames(replyFlags),
    rsize: replyBytes,
    duration: toNanoseconds(seconds),
  }
}

function hasDo({ optFlags }: Request): boolean {
  return (optFlags & 0x8000) !== 0
}

/** Bytes of a reply that the client accepts. */
function bufferSize({ request, protocol }: LoggedQuery): number {
  return protocol === 'tcp' ? 65535 : Math.max(512, request.optSize)
}

/** The flags of a reply, such as "qr,aa,rd". */
function flagNames(replyFlags: number): string {
  return FLAG_NAMES.filter(([bit]) => replyFlags & bit)
    .map(([, name]) => name)
    .join(',')
}

/** Seconds, rounded to nanoseconds. */
function toNanoseconds(seconds: number): number {
  return Math.round(seconds * 1e9) / 1e9
}

/** Seconds with up to nine decimals. */
function nanoseconds(seconds: number): string {
  const rounded = toNanoseconds(seconds)
  // JavaScript formats smaller numbers with an exponent.
  return rounded >= 1e-6 ? String(rounded) : rounded.toFixed(9).replace(/\.?0+$/, '')
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/**
 * Compiles a format of `log` to a function. An unknown placeholder is copied as text; a label of `metadata` (`{/name}`) that
 * the query does not have is "-".
 */
export function compileFormat(
  format: string,
  labelOf: LabelOf = () => undefined,
): (query: LoggedQuery) => string {
  const parts = format.split(/(\{[^{}]*\})/).map((part): ((query: LoggedQuery) => string) => {
    if (!part.startsWith('{/')) return placeholders[part] ?? (() => part)
    const value = labelOf(part.slice(2, -1))
    return (query) => value?.(query) ?? '-'
  })
  return (query) => {
    let line = ''
    for (const part of parts) line += part(query)
    return line
  }
}

/**
 * The type of a reply (coredns plugin/pkg/response Typify). The authority records of a reply without answers are taken for
 * a SOA.
 */
export function typeOf({ request, replyFlags, answers, authorities }: LoggedQuery): string {
  const { type } = request
  const rcode = replyFlags & 0xf
  if (type === TYPE_AXFR || type === TYPE_IXFR) return 'META'
  if (rcode === NOERROR) return answers === 0 && authorities > 0 ? 'NODATA' : 'NOERROR'
  if (rcode === NXDOMAIN && answers === 0) return 'NXDOMAIN'
  return rcode === SERVFAIL || rcode === NOTIMP ? 'SERVERERROR' : 'OTHERERROR'
}

/** The class of a reply (coredns plugin/pkg/response Classify). */
export function classOf(query: LoggedQuery): ResponseClass {
  return CLASSES[typeOf(query)] ?? 'error'
}

const CLASSES: Readonly<Record<string, ResponseClass>> = {
  NOERROR: 'success',
  NODATA: 'denial',
  NXDOMAIN: 'denial',
}

function ruleFor<Rule extends { readonly name: string }>(
  rules: readonly Rule[],
  name: string,
): Rule | undefined {
  return rules.find((rule) => isSubdomain(name, rule.name))
}

/** Compiles rules to a function. It formats a query by the first rule that covers its name; undefined = do not log. */
export function compileRules(
  rules: readonly LogRule[],
  labelOf?: LabelOf,
): (query: LoggedQuery) => string | undefined {
  const compiled = rules.map(({ name, format, classes }) => ({
    name,
    classes,
    format: compileFormat(format, labelOf),
  }))
  const first = compiled[0]
  const matchesAll = first?.name === '.' ? first : undefined
  return (query) => {
    const { request } = query
    const rule = matchesAll ?? ruleFor(compiled, nameToText(request.name))
    if (rule === undefined) return undefined
    const wanted = rule.classes.includes('all') || rule.classes.includes(classOf(query))
    return wanted ? rule.format(query) : undefined
  }
}
