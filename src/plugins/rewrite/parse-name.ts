// `name` rules and their `answer` rules (coredns plugin/rewrite newNameRule, parseAnswerRules).

import { normalizedName } from '../../corefile/domain-name.ts'
import { quote } from '../../corefile/go-text.ts'
import { nameKindOf } from './parse-match.ts'
import { checkReplacement } from './patterns.ts'
import type { RuleArguments } from './rule-arguments.ts'
import { RuleError } from './rule-error.ts'
import type { AnswerRule, NameRule } from './rules.ts'

export function parseNameRule({ mode, args, at }: RuleArguments): NameRule {
  if (args.length < 2) throw new RuleError('too few arguments for a name rule')
  if (args.length === 2) return parseNameRule({ mode, args: ['exact', ...args], at: at - 1 })
  const [word = '', from = '', to = ''] = args
  const name = word.toLowerCase()
  const { auto, answers } = answerRules(name, args.slice(3), at + 3)
  const kind = nameKindOf(name)
  if (kind === undefined) {
    const known = 'exact, prefix, suffix, substring, and regex name matching'
    throw new RuleError(`name rule supports only ${known}, received: ${name}`, at)
  }
  const target = normalizedName(to)
  if (kind === 'regex') checkReplacement(from, to, at + 1)
  // CoreDNS reads the new name of an exact rule as a pattern.
  if (kind === 'exact') checkReplacement(target, normalizedName(from), at + 2)
  return {
    type: 'name',
    mode,
    match: { kind, from: kind === 'regex' ? from : normalizedName(from) },
    to: target,
    auto: auto || kind === 'exact',
    answers,
  }
}

interface Answers {
  readonly auto: boolean
  readonly answers: readonly AnswerRule[]
}

/** Reads `[answer] auto` and `[answer] name|value FROM TO`; only the first needs the word `answer`. */
function answerRules(rule: string, args: readonly string[], at: number): Answers {
  if (args.length === 0) return { auto: false, answers: [] }
  if (args.length < 2) throw new RuleError(`invalid arguments for ${rule} rule`)
  if (args[0] !== 'answer') {
    const what = 'exceeded the number of arguments for a non-answer rule argument'
    throw new RuleError(`${what} for ${rule} rule`, at)
  }
  const answers: AnswerRule[] = []
  let auto = false
  for (let i = 0; i < args.length; ) {
    if (args[i] === 'answer') i++
    const part = args[i++]
    if (part === undefined) throw new RuleError(`type missing for answer rule for ${rule} rule`)
    if (part === 'auto') {
      auto = true
      continue
    }
    if (part !== 'name' && part !== 'value') {
      throw new RuleError(
        `invalid type ${quote(part)} for answer rule for ${rule} rule`,
        at + i - 1,
      )
    }
    const what = `${part} answer rule for ${rule} rule`
    const [from, to] = args.slice(i, i + 2)
    if (from === undefined || to === undefined) throw new RuleError(`${what}: 2 arguments required`)
    checkAnswer(what, from, to, at + i)
    answers.push({ part, from, to: normalizedName(to) })
    i += 2
  }
  if (auto && answers.some(({ part }) => part === 'name')) {
    const other = 'explicit name anwer rules'
    throw new RuleError(`auto name answer rule cannot be combined with ${other}`)
  }
  return { auto, answers }
}

function checkAnswer(what: string, from: string, to: string, at: number): void {
  try {
    checkReplacement(from, to, at)
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    throw new RuleError(`${what}: ${error.message}`, error.argument)
  }
}
