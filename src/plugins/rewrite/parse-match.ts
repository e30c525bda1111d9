// `ttl`, `rcode` and `cname` rules, which compare a name (coredns plugin/rewrite newTTLRule, newRCodeRule, newCNAMERule).
import { normalizedName } from '../../corefile/domain-name.ts'
import { parseUint32 } from '../../corefile/go-text.ts'
import { rcodeOf } from '../../dns/codes.ts'
import { checkPattern } from './patterns.ts'
import type { RuleArguments } from './rule-arguments.ts'
import { RuleError } from './rule-error.ts'
import type { CnameRule, NameMatch, RcodeRule, TtlRule } from './rules.ts'

const KINDS = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const
const MAX_RCODE = 23
/** Seconds. */
const MAX_TTL = 2_147_483_647

/** The way of comparing names that `word` says, in lower case; undefined for another word. */
export function nameKindOf(word: string): NameMatch['kind'] | undefined {
  return KINDS.find((kind) => kind === word)
}

export function parseTtlRule({ mode, args, at }: RuleArguments): TtlRule {
  const { length } = args
  if (length < 2) throw new RuleError(`too few (${length}) arguments for a ttl rule`)
  // CoreDNS finds no TTL among too many arguments.
  const text = length > 3 ? '' : args[length - 1]!
  const range = ttlRange(text)
  if (range === undefined)
    throw new RuleError(`invalid TTL '${text}' for a ttl rule`, at + length - 1)
  return { type: 'ttl', mode, match: matchOf('ttl', args.slice(0, -1), at), ...range }
}

/** "30" is a TTL, "5-30", "5-" and "-30" are ranges. */
function ttlRange(text: string): { readonly min: number; readonly max: number } | undefined {
  const [first = '', second, ...more] = text.split('-')
  if (more.length > 0 || text === '-') return undefined
  const min = second !== undefined && first === '' ? 0 : secondsOf(first)
  const max = second === undefined ? min : second === '' ? MAX_TTL : secondsOf(second)
  return min === undefined || max === undefined || min > max ? undefined : { min, max }
}

function secondsOf(text: string): number | undefined {
  const parsed = parseUint32(text)
  return parsed.ok ? parsed.value : undefined
}

export function parseRcodeRule({ mode, args, at }: RuleArguments): RcodeRule {
  const { length } = args
  if (length < 3) throw new RuleError(`too few (${length}) arguments for a rcode rule`)
  const [from, to] = (['matching', 'replacement'] as const).map((what, i) => {
    const text = length > 4 ? '' : args[length - 2 + i]!
    const rcode = rcodeNumber(text)
    if (rcode === undefined) {
      throw new RuleError(`invalid ${what} RCODE '${text}' for a rcode rule`, at + length - 2 + i)
    }
    return rcode
  })
  const match = matchOf('rcode', args.slice(0, -2), at)
  return { type: 'rcode', mode, match, from: from!, to: to! }
}

function rcodeNumber(text: string): number | undefined {
  const parsed = parseUint32(text)
  return parsed.ok && parsed.value <= MAX_RCODE ? parsed.value : rcodeOf(text.toUpperCase())
}

/** `[KIND] NAME` of a ttl or rcode rule. */
function matchOf(rule: 'ttl' | 'rcode', args: readonly string[], at: number): NameMatch {
  const [word = '', from] = args
  if (from === undefined) return { kind: 'exact', from: normalizedName(word) }
  const kind = nameKindOf(word.toLowerCase())
  if (kind === undefined) {
    const known = 'exact, prefix, suffix, substring, and regex name matching'
    throw new RuleError(`${rule} rule supports only ${known}`, at)
  }
  if (kind !== 'regex') return { kind, from: normalizedName(from) }
  checkPattern(from, rule, `invalid regex pattern in a ${rule} rule: ${from}`, at + 1)
  return { kind, from }
}

export function parseCnameRule({ mode, args, at }: RuleArguments): CnameRule {
  const { length } = args
  if (length !== 2 && length !== 3) {
    throw new RuleError(`too few (${length}) arguments for a cname rule`)
  }
  const word = length === 3 ? args[0]!.toLowerCase() : 'exact'
  const kind = nameKindOf(word)
  if (kind === undefined) throw new RuleError(`unknown cname rewrite type: ${word}`, at)
  const [from, to] = args.slice(-2).map((arg) => arg.toLowerCase())
  if (kind === 'exact') {
    return {
      type: 'cname',
      mode,
      match: { kind, from: normalizedName(from!) },
      to: normalizedName(to!),
    }
  }
  if (kind === 'regex') {
    const invalid = 'invalid cname rewrite regex pattern: {reason}'
    checkPattern(from!, 'cname', invalid, at + length - 2)
  }
  return { type: 'cname', mode, match: { kind, from: from! }, to: to! }
}
