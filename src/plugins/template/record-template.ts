// The template of a record: what a query gives it, and what it makes.
import { nameToText } from '../../dns/name.ts'
import type { Query } from '../chain.ts'
import { FUNCTION_NAMES, UNSUPPORTED_FUNCTIONS } from './go/functions.ts'
import type { Template } from './go/nodes.ts'
import { parseTemplate } from './go/parse.ts'
import { listValue, type StructValue, type Value } from './go/values.ts'
import { classText, type Matched, typeText } from './matched.ts'
import { messageValue, questionValue } from './message-value.ts'
import type { Section } from './options.ts'

/** Parses a template. Throws TemplateError. */
export function compileTemplate(section: Section, text: string): Template {
  const options = { functions: FUNCTION_NAMES, unsupported: UNSUPPORTED_FUNCTIONS }
  return parseTemplate(text, { name: section, ...options })
}

/** The names of the fields that a template finds in its dot. */
export const FIELDS: ReadonlySet<string> = new Set([
  'Zone',
  'Name',
  'Regex',
  'Match',
  'Group',
  'Class',
  'Type',
  'Message',
  'Question',
  'Remote',
])

/** The dot of a template (coredns plugin/template templateData). */
export function templateData(query: Query, matched: Matched): Value {
  const { request, client } = query
  return struct({
    Zone: () => matched.zone,
    Name: () => nameToText(request.name.subarray(0, request.nameLength)),
    Regex: () => matched.pattern,
    Match: () => listValue('[]string', matched.match),
    Group: () => ({ kind: 'map', type: 'map[string]string', entries: matched.groups }),
    Class: () => classText(matched.class),
    Type: () => typeText(matched.type),
    Message: () => messageValue(query),
    Question: () => questionValue(query),
    Remote: () => client.remoteAddress,
  })
}

/** The dot of a template that is the same for all queries of a rule. */
export function constantData(fields: Readonly<Record<string, string>>): Value {
  return struct(
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, () => value])),
  )
}

function struct(fields: StructValue['fields']): StructValue {
  return { kind: 'struct', type: '*template.templateData', fields }
}
