// Runs `template` directives on one query.

import type { RR } from '../../../src/dns/message.ts'
import { nameToText } from '../../../src/dns/name.ts'
import { typeName } from '../../../src/dns/type-names.ts'
import { type Answer, emptyReply, type Query } from '../../../src/plugins/chain.ts'
import { loadConfig } from '../../../src/plugins/load.ts'
import { templateHandler } from '../../../src/plugins/template/handler.ts'
import type { TemplateRule } from '../../../src/plugins/template/options.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'
import { queryOf } from '../../support/chain-query.ts'
import type { QuerySpec } from '../../support/dns-encode.ts'

/** A Corefile with a block for `zone` that has these lines. */
export const options = (lines: string, zone = '.') => ({
  file: 'Corefile',
  text: `${zone} {\n${lines}\n}\n`,
  port: 53,
  env: {},
  files: fakeFiles(),
  cwd: '/DIR',
  parallelism: 2,
  interfaces: {},
})

/** The rules that directives make. */
export function rulesOf(lines: string, zone?: string): readonly TemplateRule[] {
  const [directive] = loadConfig(options(lines, zone)).blocks[0]!.directives
  return (directive as unknown as { rules: readonly TemplateRule[] }).rules
}

interface AskOptions {
  readonly lookup?: Query['lookup']
  /** The zone of the block. */
  readonly zone?: string
}

/** The answer of the next plugin. */
export const NEXT = emptyReply(9)

/** The answer to one query, and what was counted. */
export async function ask(lines: string, spec: QuerySpec, { lookup, zone }: AskOptions = {}) {
  const counted: string[] = []
  const handler = templateHandler(rulesOf(lines, zone), {
    matched: (matched) => counted.push(`matched ${matched.zone}`),
    failed: (kind, _matched, section, template) => counted.push(`${kind} ${section} ${template}`),
  })
  const query = queryOf(spec)
  const answer: Answer = await handler.handle(
    lookup === undefined ? query : { ...query, lookup },
    async () => NEXT,
  )
  return { answer, counted }
}

/** "OWNER TTL TYPE DATA" of a record; the data is a name, an address or text in bytes. */
export function textOf({ name, ttl, type, data }: RR): string {
  const kind = typeName(type)
  return `${nameToText(name)} ${ttl} ${kind} ${dataText(kind, data)}`
}

function dataText(kind: string, data: Uint8Array): string {
  if (kind === 'A') return data.join('.')
  if (kind === 'TXT') return Buffer.from(data.subarray(1)).toString()
  const at = { MX: 2, NS: 0, CNAME: 0, SOA: 0, PTR: 0 }[kind]
  return at === undefined ? Buffer.from(data).toString('hex') : nameToText(data, at)
}
