// Which rule a query is for (coredns plugin/template template.go match).
import { findRegExp } from '../../corefile/regexp.ts'
import { nameToText, nameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import type { Matched } from './matched.ts'
import type { TemplateRule } from './options.ts'

/** ANY as a class and as a type: it fits all others, in a rule and in a question. */
export const ANY = 255

/** A zone in both forms, in lower case. */
export interface Zone {
  readonly text: string
  readonly wire: Uint8Array
}

/** Zones, the longest first. */
export function zonesOf(names: readonly string[]): readonly Zone[] {
  return names
    .flatMap((text) => {
      const wire = nameToWire(text)
      return wire === undefined ? [] : [{ text, wire }]
    })
    .sort((a, b) => b.wire.length - a.wire.length)
}

/** The longest zone that the name of a request is in. Does not allocate. */
export function zoneOf<Z extends Zone>(zones: readonly Z[], request: Request): Z | undefined {
  for (let i = 0; i < zones.length; i++) if (request.isBelow(zones[i]!.wire)) return zones[i]
  return undefined
}

/** True if class and type of the question are those of the rule. Does not allocate. */
export function fitsQuestion(rule: TemplateRule, request: Request): boolean {
  return fits(rule.class, request.class) && fits(rule.type, request.type)
}

function fits(ruled: number, asked: number): boolean {
  return ruled === ANY || asked === ANY || ruled === asked
}

/** What a pattern finds in a name; '' for groups that match nothing. */
interface Pattern {
  readonly source: string
  readonly named: ReadonlyMap<string, number>
  find(name: string): readonly string[] | undefined
}

/**
 * Compiles the patterns of a rule. Their result for a query: what they matched, `next` if the rule is not for it, or `failed`
 * if its client gets SERVFAIL.
 */
export function matcherOf(rule: TemplateRule): (request: Request) => Matched | 'next' | 'failed' {
  const zones = zonesOf(rule.zones)
  const passed = zonesOf(rule.fallthrough)
  const patterns = (rule.patterns.length === 0 ? ['.*'] : rule.patterns).map(compiled)
  return (request) => {
    const zone = zoneOf(zones, request)
    if (zone === undefined || !fitsQuestion(rule, request)) return 'next'
    const name = nameToText(request.name.subarray(0, request.nameLength))
    for (const { source, named, find } of patterns) {
      const match = find(name)
      if (match === undefined) continue
      return {
        zone: zone.text,
        pattern: source,
        match,
        groups: groupsOf(match, named),
        class: request.class === ANY ? rule.class : request.class,
        type: request.type === ANY ? rule.type : request.type,
      }
    }
    return zoneOf(passed, request) === undefined ? 'failed' : 'next'
  }
}

function compiled(source: string): Pattern {
  const pattern = findRegExp(source)
  // The setup has compiled it before.
  if (!pattern.ok) throw new Error(pattern.message)
  return { source, ...pattern.value }
}

/** By number, and by name: a name that is a number wins. */
function groupsOf(
  match: readonly string[],
  named: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> {
  const groups = new Map(match.map((text, i) => [String(i), text] as const))
  for (const [name, i] of named) groups.set(name, match[i] ?? '')
  return groups
}
