// Replies that are the same for all names of a zone. A packet thread answers with them, without patterns and templates.
import { setU16, setU32 } from '../../dns/bytes.ts'
import { TYPE_CNAME } from '../../dns/codes.ts'
import type { RR } from '../../dns/message.ts'
import { concat } from '../../dns/name.ts'
import { parseRR } from '../../dns/rr-text.ts'
import { QNAME_OFFSET } from '../../zone/rr.ts'
import { execute } from './go/execute.ts'
import type { Statement, Template } from './go/nodes.ts'
import { rootFields, visitOperands, visitPipes } from './go/walk.ts'
import { typeText } from './matched.ts'
import type { Section, TemplateRule } from './options.ts'
import { compileTemplate, constantData } from './record-template.ts'
import { ANY } from './rules.ts'

/** The records in wire form, without compression but for owners that are the name of the question. */
export interface ConstantReply {
  readonly rcode: number
  /** Answers, authorities, additionals. */
  readonly records: Uint8Array
  readonly answers: number
  readonly authorities: number
  readonly additionals: number
  /** True: a query for addresses needs the target of a CNAME record. */
  readonly hasTarget: boolean
}

/** The reply of a rule to queries of class IN for names in `zone`; undefined if it depends on the query, or may fail. */
export function constantReply(rule: TemplateRule, zone: string): ConstantReply | undefined {
  if (rule.patterns.length > 0 || rule.error !== undefined || rule.rcode > 0xf) return undefined
  const fields = {
    Zone: zone,
    Class: 'IN',
    ...(rule.type === ANY ? {} : { Type: typeText(rule.type) }),
  }
  const read = (section: Section) => {
    return rule[section].map((text) => constantRecord(section, text, fields))
  }
  const [answers, authorities, additionals] = [
    read('answer'),
    read('authority'),
    read('additional'),
  ]
  const all = [...answers, ...authorities, ...additionals]
  const records = all.filter((record) => record !== undefined)
  if (records.length < all.length) return undefined
  return {
    rcode: rule.rcode,
    records: concat(...records.map(({ wire }) => wire)),
    answers: answers.length,
    authorities: authorities.length,
    additionals: additionals.length,
    hasTarget: answers.some((record) => record?.type === TYPE_CNAME),
  }
}

type Fields = Readonly<Record<string, string>>

function constantRecord(section: Section, text: string, fields: Fields) {
  const template = compileTemplate(section, text)
  const [first, ...rest] = template.root
  const isOwned = first !== undefined && isName(first) && startsWithBlank(rest[0])
  const root = isOwned ? rest : template.root
  if (!usesOnly(root, fields)) return undefined
  const made = execute({ ...template, root }, constantData(fields))
  // "@" stands for the name of the question.
  const parsed = made.ok ? parseRR(`${isOwned ? '@' : ''}${made.text}`) : undefined
  if (!parsed?.ok || parsed.rr === undefined) return undefined
  const { rr } = parsed
  return { type: rr.type, wire: wireOf(rr, isOwned) }
}

function isName(statement: Statement): boolean {
  if (statement.kind !== 'action' || statement.pipe.variables.length > 0) return false
  const [command, ...more] = statement.pipe.commands
  const operand = command?.args.length === 1 && more.length === 0 ? command.args[0] : undefined
  return operand?.kind === 'field' && operand.names.join('.') === 'Name'
}

function startsWithBlank(statement: Statement | undefined): boolean {
  return statement?.kind === 'text' && /^[ \t]/.test(statement.text)
}

/** True if the statements use no other fields of the query. */
function usesOnly(root: Template['root'], fields: Fields): boolean {
  let isConstant = true
  visitPipes(root, (pipe, isRoot) => {
    visitOperands(pipe, (operand) => {
      const names = rootFields(operand, isRoot)
      if (names !== undefined) isConstant &&= names.length === 1 && Object.hasOwn(fields, names[0]!)
    })
  })
  return isConstant
}

/** A pointer to the name of the question. */
const POINTER = Uint8Array.of(0xc0, QNAME_OFFSET)

function wireOf({ name, type, class: qclass, ttl, data }: RR, isOwned: boolean): Uint8Array {
  const head = new Uint8Array(10)
  setU16(head, 0, type)
  setU16(head, 2, qclass)
  setU32(head, 4, ttl)
  setU16(head, 8, data.length)
  return concat(isOwned ? POINTER : name, head, data)
}
