// What `explain` prints: what is broken first and its cure, then all links; or a document of the same for programs.
import { type Explanation, explainExitCode, firstBroken } from '../../fleet/explain/explain.ts'
import type { Link, LinkState } from '../../fleet/explain/link.ts'
import { printable } from '../../printable.ts'
import type { Paint, Tone } from '../colour.ts'

/** How each state is shown. */
export const STATE_WORDS: Readonly<
  Record<LinkState, { readonly word: string; readonly tone: Tone }>
> = {
  holds: { word: 'ok', tone: 'good' },
  warning: { word: 'warning', tone: 'warning' },
  broken: { word: 'BROKEN', tone: 'bad' },
  unseen: { word: 'not looked at', tone: 'faint' },
  failed: { word: 'not looked at', tone: 'warning' },
}
/** The width of the widest word. */
export const WORD_WIDTH = 13

/** The lines for people. */
export function explanationText(explanation: Explanation, paint: Paint): string {
  const { links } = explanation
  const idWidth = Math.max(...links.map(({ id }) => id.length))
  const atWidth = Math.max(...links.map(({ at }) => at.length))
  const indent = ' '.repeat(WORD_WIDTH + idWidth + atWidth + 6)
  const lines = links.flatMap(({ id, at, state, text, command }) => {
    const { word, tone } = STATE_WORDS[state]
    const head = `${paint(tone, word)}${' '.repeat(WORD_WIDTH - word.length)}  ${id.padEnd(idWidth)}`
    const line = `${head}  ${printable(at).padEnd(atWidth)}  ${printable(text)}`
    return command === undefined ? [line] : [line, `${indent}${printable(command)}`]
  })
  return `${[...verdict(explanation, paint), '', ...lines].join('\n')}\n`
}

function verdict(explanation: Explanation, paint: Paint): readonly string[] {
  const service = `${explanation.namespace}/${explanation.name}`
  const broken = firstBroken(explanation)
  if (broken !== undefined) {
    const where = broken.at === '' ? '' : ` at ${broken.at}`
    return [
      paint('bad', `${service} is broken: ${broken.id}${where}`),
      `  ${printable(broken.text)}`,
      'To mend it:',
      `  ${printable(broken.command ?? '')}`,
    ]
  }
  const missing = explanation.links.filter(({ state }) => state === 'failed').length
  if (missing === 0)
    return [paint('good', `${service} is whole: every link that was looked at holds`)]
  return [paint('warning', `${service}: no link is broken, but ${missing} could not be looked at`)]
}

/** The document of `-o json` and `-o yaml`; docs/explain.md describes it. */
export interface ExplainDocument {
  readonly apiVersion: 'clusterset-dns.io/v1'
  readonly kind: 'Explanation'
  readonly service: string
  readonly namespace: string
  readonly zone: string
  /** As the exit code. */
  readonly result: 'whole' | 'broken' | 'unknown'
  /** The first broken link. */
  readonly broken: Link | null
  readonly links: readonly Link[]
}

/** The same for programs. */
export function explainDocument(explanation: Explanation): ExplainDocument {
  const { name, namespace, zone, links } = explanation
  const results = { 0: 'whole', 1: 'broken', 3: 'unknown' } as const
  const result = results[explainExitCode(explanation)]
  const type = { apiVersion: 'clusterset-dns.io/v1', kind: 'Explanation' } as const
  return {
    ...type,
    service: name,
    namespace,
    zone,
    result,
    broken: firstBroken(explanation) ?? null,
    links,
  }
}
