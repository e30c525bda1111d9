// The rules of a block for the packet path: which names are aliases of others, and which queries the chain must rewrite.
import { CLASS_IN } from '../../dns/codes.ts'
import { nameToWire } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import type { NameMatch, Rule } from './rules.ts'
import { OTHER, replaceSuffix, UNCLEAR, type WireSuffix, wireSuffix } from './wire-suffix.ts'

/** A rule whose questions and replies are rewritten on the packet path. */
export interface Alias {
  /** Undefined for an exact rule. */
  readonly suffix: { readonly from: WireSuffix; readonly to: WireSuffix } | undefined
  /** The new name of an exact rule, in wire form. */
  readonly to: Uint8Array
  /** True: the reply gets the asked name back. */
  readonly auto: boolean
}

/** `Aliases.select` result: no rule applies. */
export const NO_RULE = 0
/** `Aliases.select` result: the chain must rewrite the query. */
export const CHAIN_RULE = 1
/** `Aliases.select` result: `alias` applies, and `name` is the new name. */
export const ALIAS_RULE = 2

interface Entry {
  readonly index: number
  /** Undefined: the chain must rewrite what the entry matches. */
  readonly alias: Alias | undefined
}

interface ExactEntry extends Entry {
  readonly from: Uint8Array
}

interface SuffixEntry extends Entry {
  readonly from: WireSuffix
  readonly to: WireSuffix
}

/** The rules of a block. `select` runs for every query, and does not allocate. */
export class Aliases {
  /** The entries for whole names, by the length of the name. */
  readonly #exact: (ExactEntry[] | undefined)[] = []
  readonly #suffixes: SuffixEntry[] = []
  /** Types of questions that the chain rewrites, with the index of their rule. */
  readonly #types: { readonly index: number; readonly type: number }[] = []
  /** The index of the first rule that the packet path cannot compare with a query. */
  readonly #end: number
  readonly #hasEnd: boolean
  /** The alias of the last `select`. */
  alias: Alias | undefined
  /** The new name of the last `select`: `name[0 .. nameLength)`. */
  readonly name = new Uint8Array(256)
  nameLength = 0

  constructor(rules: readonly Rule[]) {
    const end = rules.findIndex((rule, index) => !this.#add(rule, index))
    this.#hasEnd = end >= 0
    this.#end = end < 0 ? rules.length : end
  }

  /** True if the packet path has nothing to do: the chain rewrites all queries. */
  get isEmpty(): boolean {
    return this.#end === 0
  }

  /** Selects the first rule that applies to a request of class IN. */
  select(request: Request): number {
    const { name, nameLength } = request
    let best: Entry | undefined
    const exact = this.#exact[nameLength]
    if (exact !== undefined) best = sameName(exact, name, nameLength)
    const limit = best === undefined ? this.#end : best.index
    for (let i = 0; i < this.#types.length; i++) {
      const { index, type } = this.#types[i]!
      if (index < limit && type === request.type) return CHAIN_RULE
    }
    for (let i = 0; i < this.#suffixes.length; i++) {
      const entry = this.#suffixes[i]!
      if (entry.index > limit) break
      const length = replaceSuffix(name, nameLength, entry.from, entry.to, this.name)
      if (length === OTHER) continue
      if (length === UNCLEAR || entry.alias === undefined) return CHAIN_RULE
      this.alias = entry.alias
      this.nameLength = length
      return ALIAS_RULE
    }
    if (best === undefined) return this.#hasEnd ? CHAIN_RULE : NO_RULE
    if (best.alias === undefined) return CHAIN_RULE
    this.alias = best.alias
    const { to } = best.alias
    for (let i = 0; i < to.length; i++) this.name[i] = to[i]!
    this.nameLength = to.length
    return ALIAS_RULE
  }

  /** Adds a rule; false if the packet path cannot tell which queries it is for. */
  #add(rule: Rule, index: number): boolean {
    switch (rule.type) {
      case 'class':
        // The packet path has queries of class IN only.
        return rule.from !== CLASS_IN
      case 'type':
        if (rule.from > 0 && rule.to > 0) this.#types.push({ index, type: rule.from })
        return true
      case 'name': {
        const isAlias = rule.mode === 'stop' && rule.answers.length === 0
        return this.#addName(rule.match, rule.to, isAlias, rule.auto, index)
      }
      case 'ttl':
      case 'rcode':
        return this.#addName(rule.match, rule.match.from, false, false, index)
      default:
        return false
    }
  }

  #addName({ kind, from }: NameMatch, to: string, isAlias: boolean, auto: boolean, index: number) {
    if (kind === 'exact') {
      const names = [plainName(from), plainName(to)]
      const [name, target] = names
      if (name === undefined || target === undefined) return false
      const alias = isAlias ? { suffix: undefined, to: target, auto } : undefined
      this.#exact[name.length] ??= []
      this.#exact[name.length]!.push({ index, from: name, alias })
      return true
    }
    if (kind !== 'suffix') return false
    const suffix = { from: wireSuffix(from), to: wireSuffix(to) }
    if (suffix.from === undefined || suffix.to === undefined) return false
    const both = { from: suffix.from, to: suffix.to }
    const alias = isAlias ? { suffix: both, to: both.to.tail, auto } : undefined
    this.#suffixes.push({ index, ...both, alias })
    return true
  }
}

function sameName(
  entries: readonly ExactEntry[],
  name: Uint8Array,
  length: number,
): ExactEntry | undefined {
  for (let i = 0; i < entries.length; i++) {
    const { from } = entries[i]!
    let at = 0
    while (at < length && name[at] === from[at]) at++
    if (at === length) return entries[i]
  }
  return undefined
}

/** The wire form of a name whose text has no escapes, and that has labels. */
function plainName(text: string): Uint8Array | undefined {
  return /^([a-z\d_-]+\.)+$/.test(text) ? nameToWire(text) : undefined
}
