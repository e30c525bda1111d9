// Reads one directive (coredns plugin/template setup.go templateParse).
import { quote } from '../../corefile/go-text.ts'
import { findRegExp } from '../../corefile/regexp.ts'
import { classOf, NXDOMAIN, rcodeOf, TYPE_A, TYPE_AAAA } from '../../dns/codes.ts'
import { nameToWire } from '../../dns/name.ts'
import { typeName, typeOf } from '../../dns/type-names.ts'
import { fallthroughZones, zonesFromArguments } from '../arguments.ts'
import type { Controller } from '../plugin.ts'
import { checkTemplate } from './check-template.ts'
import { TemplateError } from './go/template-error.ts'
import type { ErrorOption, Section, TemplateRule } from './options.ts'
import { compileTemplate } from './record-template.ts'

/** Bytes. */
const PATTERN_MAX_SIZE = 10_000

type Draft = { -readonly [K in keyof TemplateRule]: TemplateRule[K] }

/** The rule of the directive at the cursor. Throws CorefileError with CoreDNS' text. */
export function readRule(controller: Controller): TemplateRule {
  const { tokens } = controller
  const qclass = numberOf('query class', classOf, controller)
  const type = numberOf('RR class', typeOf, controller)
  const rule: Draft = {
    class: qclass,
    type,
    zones: zonesFromArguments(tokens.remainingArgs(), controller),
    patterns: [],
    answer: [],
    additional: [],
    authority: [],
    rcode: 0,
    error: undefined,
    fallthrough: [],
  }
  checkZones(rule.zones, controller)
  while (tokens.nextBlock()) readOption(rule, controller)
  warnOfDenial(rule, controller)
  return rule
}

/** CoreDNS says "RR class" for the type. */
function numberOf(
  what: string,
  find: (name: string) => number | undefined,
  { tokens }: Controller,
): number {
  if (!tokens.nextArg()) throw tokens.argErr()
  const number = find(tokens.val())
  if (number === undefined) throw tokens.errf(`invalid ${what} ${tokens.val()}`)
  return number
}

function checkZones(zones: readonly string[], { tokens }: Controller): void {
  for (const zone of zones) {
    if (zone.includes('\\')) throw tokens.unsupported(`escapes in zone ${zone}`)
    if (nameToWire(zone) === undefined) {
      throw tokens.errf(`zone is not a valid domain name: ${zone}`)
    }
  }
}

function readOption(rule: Draft, controller: Controller): void {
  const { tokens, warn } = controller
  const option = tokens.val()
  switch (option) {
    case 'match':
      rule.patterns = [...rule.patterns, ...readPatterns(controller)]
      return
    case 'answer':
    case 'additional':
    case 'authority':
      rule[option] = [...rule[option], ...readTemplates(option, controller)]
      return
    case 'rcode':
      rule.rcode = readRcode(controller)
      return
    case 'ederror':
      rule.error = readError(controller)
      return
    case 'fallthrough':
      rule.fallthrough = fallthroughZones(tokens.remainingArgs(), controller)
      checkZones(rule.fallthrough, controller)
      return
    case 'upstream':
      tokens.remainingArgs()
      warn('upstream has no effect: this server looks up targets of CNAME records itself')
      return
    default:
      throw tokens.unknownArgErr()
  }
}

/** Calls `read` with each argument; there must be one. The cursor is at the argument. */
function eachArgument<T>({ tokens }: Controller, read: (text: string) => T): readonly T[] {
  const values: T[] = []
  while (tokens.nextArgument()) values.push(read(tokens.val()))
  if (values.length === 0) throw tokens.argErr()
  return values
}

function readPatterns(controller: Controller): readonly string[] {
  const { tokens } = controller
  return eachArgument(controller, (pattern) => {
    const size = Buffer.byteLength(pattern)
    if (size > PATTERN_MAX_SIZE) {
      throw tokens.errf(`regex pattern too long: ${size} > ${PATTERN_MAX_SIZE}`)
    }
    const compiled = findRegExp(pattern)
    if (!compiled.ok) throw tokens.errf(`could not parse regex: ${pattern}, ${compiled.message}`)
    return pattern
  })
}

function readTemplates(section: Section, controller: Controller): readonly string[] {
  const { tokens, warn } = controller
  return eachArgument(controller, (text) => {
    try {
      for (const problem of checkTemplate(compileTemplate(section, text))) {
        const { file, line } = tokens.position()
        warn(`${file}:${line}: ${problem}`)
      }
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      if (error.isUnsupported) throw tokens.unsupported(error.message)
      throw tokens.errf(`could not compile template: ${text}, ${error.message}`)
    }
    return text
  })
}

function readRcode({ tokens }: Controller): number {
  if (!tokens.nextArg()) throw tokens.argErr()
  const rcode = rcodeOf(tokens.val())
  if (rcode === undefined) throw tokens.errf(`unknown rcode ${tokens.val()}`)
  return rcode
}

function readError({ tokens }: Controller): ErrorOption {
  const [code, text = '', ...more] = tokens.remainingArgs()
  if (code === undefined || more.length > 0) throw tokens.argErr()
  const isNumber = /^\d+$/.test(code)
  if (!isNumber || Number(code) > 0xffff) {
    const reason = isNumber ? 'value out of range' : 'invalid syntax'
    const why = `strconv.ParseUint: parsing ${quote(code)}: ${reason}`
    throw tokens.errf(`error parsing extended DNS error code ${tokens.val()}, ${why}`)
  }
  return { code: Number(code), text }
}

/** NXDOMAIN says that the name does not exist, so clients also give up its addresses of the other family. */
function warnOfDenial({ type, rcode }: TemplateRule, { warn }: Controller): void {
  if (rcode !== NXDOMAIN || (type !== TYPE_A && type !== TYPE_AAAA)) return
  const what = `rcode NXDOMAIN for type ${typeName(type)}`
  warn(`${what} denies the whole name, so clients miss its other types too: write rcode NOERROR`)
}
