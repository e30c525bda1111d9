// What `verify` prints: each step when it is done, and the result; or a document of the same for programs.
import { printable } from '../../printable.ts'
import type { Paint } from '../colour.ts'
import { STATE_WORDS, WORD_WIDTH } from '../explain/explain-text.ts'
import { type Step, stepIds, verifyExitCode } from './step.ts'

const ID_WIDTH = Math.max(...stepIds.map((id) => id.length))
const TIME_WIDTH = 8

/** The lines of a step; `atWidth` is the width of the widest place. */
export function stepText(
  { id, at, state, text, command, ms }: Step,
  atWidth: number,
  paint: Paint,
) {
  const { word, tone } = STATE_WORDS[state]
  const head = `${paint(tone, word)}${' '.repeat(WORD_WIDTH - word.length)}  ${id.padEnd(ID_WIDTH)}`
  const time = ms === undefined ? '' : `${(ms / 1000).toFixed(2)} s`
  const line = `${head}  ${printable(at).padEnd(atWidth)}  ${time.padStart(TIME_WIDTH)}  ${printable(text)}`
  const indent = ' '.repeat(WORD_WIDTH + ID_WIDTH + atWidth + TIME_WIDTH + 8)
  return `${[line, ...(command === undefined ? [] : [`${indent}${printable(command)}`])].join('\n')}\n`
}

/** The end: whether a Service gets from one cluster to the other, and which steps nobody looked at. */
export function resultText({ exporter, importer, steps }: Verified, paint: Paint): string {
  const way = printable(`from ${exporter} to ${importer}`)
  const unseen = Map.groupBy(
    steps.filter(({ state }) => state === 'unseen'),
    ({ text }) => text,
  )
  const rest = [...unseen].map(([why, those]) => {
    const ids = [...new Set(those.map(({ id }) => id))].join(', ')
    return `${paint('faint', 'not looked at')}: ${ids}: ${printable(why)}`
  })
  return ['', ...rest, verdict(way, steps, paint), ''].join('\n')
}

function verdict(way: string, steps: readonly Step[], paint: Paint): string {
  const broken = steps.find(({ state }) => state === 'broken')
  if (broken !== undefined) {
    const at = printable(`${broken.id} at ${broken.at}`)
    return paint('bad', `BROKEN: a Service does not get ${way}: ${at}`)
  }
  const missing = steps.filter(({ state }) => state === 'failed').length
  if (missing === 0) return paint('good', `A Service gets ${way}`)
  return paint('warning', `No step is broken ${way}, but ${missing} could not be looked at`)
}

/** What was verified, and how it went. */
export interface Verified {
  /** The names of the clusters. */
  readonly exporter: string
  readonly importer: string
  readonly namespace: string
  readonly steps: readonly Step[]
}

/** The document of `-o json` and `-o yaml`; docs/verify.md describes it. */
export function verifyDocument({ exporter, importer, namespace, steps }: Verified): object {
  const results = { 0: 'whole', 1: 'broken', 3: 'unknown' } as const
  return {
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'Verification',
    exporter,
    importer,
    namespace,
    result: results[verifyExitCode(steps)],
    steps: steps.map(({ ms, ...step }) => ({
      ...step,
      seconds: ms === undefined ? null : Math.round(ms) / 1000,
    })),
  }
}
