// `template` in the plugin chain: replies with the records that templates make (coredns plugin/template ServeDNS).
import {
  CLASS_IN,
  FLAG_TC,
  HEADER_SIZE,
  OPT_SIZE,
  REFUSED,
  SERVFAIL,
  TYPE_A,
  TYPE_AAAA,
  TYPE_CNAME,
} from '../../dns/codes.ts'
import { extendedErrorOption } from '../../dns/edns-options.ts'
import type { RR } from '../../dns/message.ts'
import { parseRR } from '../../dns/rr-text.ts'
import { type Answer, emptyReply, type Handler, type Query, type Reply } from '../chain.ts'
import { execute, templateText } from './go/execute.ts'
import type { Template } from './go/nodes.ts'
import type { Matched } from './matched.ts'
import type { ErrorOption, Section, TemplateRule } from './options.ts'
import { compileTemplate, templateData } from './record-template.ts'
import { matcherOf } from './rules.ts'

/** Sees what happens, for the metrics. */
export interface TemplateCounts {
  matched(matched: Matched): void
  failed(kind: 'template' | 'rr', matched: Matched, section: Section, template: string): void
}

interface CompiledRule {
  readonly rule: TemplateRule
  readonly match: ReturnType<typeof matcherOf>
  readonly templates: Readonly<Record<Section, readonly Template[]>>
}

/** A failure whose client gets SERVFAIL. */
class Failure extends Error {}

/** Creates the handler. */
export function templateHandler(rules: readonly TemplateRule[], counts: TemplateCounts): Handler {
  // Patterns are loaded on the event-loop thread only.
  let compiled: readonly CompiledRule[] | undefined
  return {
    name: 'template',
    async handle(query, next) {
      compiled ??= rules.map(compileRule)
      for (const rule of compiled) {
        const matched = rule.match(query.request)
        if (matched === 'next') continue
        if (matched === 'failed') return emptyReply(SERVFAIL)
        counts.matched(matched)
        return replyOf(rule, matched, query, counts)
      }
      return isForOthers(query) ? emptyReply(REFUSED) : next()
    },
  }
}

/** Without a rule of the class, the server refuses these queries before all plugins. */
function isForOthers({ request, asked }: Query): boolean {
  return request.class !== CLASS_IN && asked === undefined
}

function compileRule(rule: TemplateRule): CompiledRule {
  const compile = (section: Section) => rule[section].map((text) => compileTemplate(section, text))
  return {
    rule,
    match: matcherOf(rule),
    templates: {
      answer: compile('answer'),
      additional: compile('additional'),
      authority: compile('authority'),
    },
  }
}

async function replyOf(
  { rule, templates }: CompiledRule,
  matched: Matched,
  query: Query,
  counts: TemplateCounts,
): Promise<Answer> {
  const { rcode, error } = rule
  if (rcode === SERVFAIL) return emptyReply(SERVFAIL)
  if (rcode > 0xf && !query.request.hasOpt) {
    return emptyReply(SERVFAIL, `rcode ${rcode} needs EDNS, which the client does not have`)
  }
  const make = (section: Section) => {
    return templates[section].map((template) => record(template, section, matched, query, counts))
  }
  try {
    const { answers, isTruncated } = await withTargets(make('answer'), query)
    const reply: Reply = {
      rcode,
      authoritative: true,
      flags: isTruncated ? FLAG_TC : 0,
      answers,
      additionals: make('additional'),
      authorities: make('authority'),
    }
    return error === undefined ? reply : { ...reply, options: optionOf(error, query) }
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure
    return emptyReply(SERVFAIL, failure.message)
  }
}

function record(
  template: Template,
  section: Section,
  matched: Matched,
  query: Query,
  counts: TemplateCounts,
): RR {
  const executed = execute(template, templateData(query, matched))
  if (!executed.ok) {
    counts.failed('template', matched, section, templateText(template))
    throw new Failure(executed.message)
  }
  const parsed = parseRR(executed.text)
  if (!parsed.ok || parsed.rr === undefined) {
    counts.failed('rr', matched, section, templateText(template))
    throw new Failure(parsed.ok ? `the ${section} template made no record` : parsed.message)
  }
  return parsed.rr
}

/** Answers with what this server finds for the targets of CNAME records, each behind its record. */
async function withTargets(records: readonly RR[], query: Query) {
  const { type } = query.request
  const answers: RR[] = []
  let isTruncated = false
  for (const rr of records) {
    answers.push(rr)
    if (rr.type !== TYPE_CNAME || (type !== TYPE_A && type !== TYPE_AAAA)) continue
    const found = await query.lookup(rr.data, type)
    isTruncated = (found.flags & FLAG_TC) !== 0
    answers.push(...found.answers)
  }
  return { answers, isTruncated }
}

/** The option of an Extended DNS Error; without its text where it would not fit beside the question. */
function optionOf({ code, text }: ErrorOption, { request, limit }: Query): Uint8Array {
  const option = extendedErrorOption(code, text)
  const fits = HEADER_SIZE + request.nameLength + 4 + OPT_SIZE + option.length <= limit
  return fits ? option : extendedErrorOption(code, '')
}
