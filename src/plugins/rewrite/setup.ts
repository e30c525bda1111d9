// rewrite: changes questions before other plugins see them, and their replies on the way back.
//
//   rewrite [continue|stop] FIELD FROM TO
import type { Dispenser } from '../../corefile/dispenser.ts'
import { CorefileError, type Position } from '../../corefile/error.ts'
import { CLASS_IN } from '../../dns/codes.ts'
import type { Plugin } from '../plugin.ts'
import { describeRules } from './describe.ts'
import { parseRule } from './parse-rule.ts'
import { RuleError } from './rule-error.ts'
import type { RewriteConfig, Rule } from './rules.ts'

export const rewrite: Plugin<RewriteConfig> = {
  name: 'rewrite',
  syntax: 'rewrite [continue|stop] FIELD FROM TO',

  setup({ tokens }) {
    const rules: Rule[] = []
    while (tokens.next()) {
      const { args, places } = ruleArguments(tokens)
      try {
        rules.push(parseRule(args))
      } catch (error) {
        if (!(error instanceof RuleError)) throw error
        const at = places[error.argument ?? -1] ?? tokens.position()
        throw new CorefileError(error.message, at)
      }
    }
    return { plugin: 'rewrite', rules }
  },

  settings: ({ rules }) => {
    const isForOthers = (rule: Rule) => rule.type === 'class' && rule.from !== CLASS_IN
    return rules.some(isForOthers) ? { changesOtherClasses: true } : {}
  },

  describe: describeRules,
}

interface RuleArguments {
  readonly args: readonly string[]
  readonly places: readonly Position[]
}

/** The arguments of a line; with less than two on it, those of the block, too. */
function ruleArguments(tokens: Dispenser): RuleArguments {
  const args: string[] = []
  const places: Position[] = []
  const add = (text: string) => {
    args.push(text)
    places.push(tokens.position())
  }
  while (tokens.nextArgument()) add(tokens.val())
  if (args.length < 2) while (tokens.nextBlock()) add(tokens.val())
  return { args, places }
}
