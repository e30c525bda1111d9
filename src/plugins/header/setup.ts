// header: sets or clears header flags of queries and of replies.
//
//   header {
//     query|response set|clear aa|ra|rd...
//   }
import type { PluginConfig } from '../../config.ts'
import type { Dispenser } from '../../corefile/dispenser.ts'
import { FLAG_AA, FLAG_RA, FLAG_RD } from '../../dns/codes.ts'
import { type Plugin, sentenceList } from '../plugin.ts'
import { type FlagChange, NO_CHANGE, withRule } from './flags.ts'

/** The directive `header` after its setup. */
export interface HeaderConfig extends PluginConfig {
  readonly plugin: 'header'
  readonly query: FlagChange
  readonly response: FlagChange
}

const FLAGS: ReadonlyMap<string, number> = new Map([
  ['aa', FLAG_AA],
  ['ra', FLAG_RA],
  ['rd', FLAG_RD],
])

export const header: Plugin<HeaderConfig> = {
  name: 'header',
  syntax: 'header { query set|clear aa|ra|rd...; response set|clear aa|ra|rd... }',

  // Like CoreDNS, reads up to the first directive that has rules.
  setup({ tokens }) {
    while (tokens.next()) {
      let query = NO_CHANGE
      let response = NO_CHANGE
      let rules = 0
      while (tokens.nextBlock()) {
        const selector = tokens.val().toLowerCase()
        if (selector !== 'query' && selector !== 'response') {
          throw ruleError(tokens, `invalid selector=${selector} should be query or response`)
        }
        const before = selector === 'query' ? query : response
        const after = readRule(tokens, before)
        if (selector === 'query') query = after
        else response = after
        rules++
      }
      if (rules > 0) return { plugin: 'header', query, response }
    }
    throw tokens.argErr()
  },

  describe({ query, response }) {
    const texts = [
      ['queries', query],
      ['replies', response],
    ] as const
    return texts.flatMap(([what, change]) => describeChange(what, change)).join('; ')
  },
}

function readRule(tokens: Dispenser, before: FlagChange): FlagChange {
  if (!tokens.nextArg()) throw ruleError(tokens, 'no flag action provided')
  const action = tokens.val().toLowerCase()
  const names = tokens.remainingArgs().map((name) => name.toLowerCase())
  if (names.length === 0) {
    throw ruleError(tokens, 'invalid length for flags, at least one should be provided')
  }
  if (action !== 'set' && action !== 'clear') {
    throw ruleError(tokens, `unknown flag action=${action}, should be set or clear`)
  }
  let change = before
  for (const name of names) {
    const flag = FLAGS.get(name)
    if (flag === undefined) throw ruleError(tokens, `unknown/unsupported flag=${name}`)
    change = withRule(change, flag, action === 'set')
  }
  return change
}

function ruleError(tokens: Dispenser, message: string) {
  return tokens.plainErr(`setting up rule: ${message}`)
}

function describeChange(what: string, { set, clear }: FlagChange): readonly string[] {
  const named = (verb: string, flags: number) => {
    const names = [...FLAGS].filter(([, flag]) => (flags & flag) !== 0).map(([name]) => name)
    return names.length === 0 ? [] : [`${verb} ${sentenceList(names)} in ${what}`]
  }
  return [...named('sets', set), ...named('clears', clear)]
}
