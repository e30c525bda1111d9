// The inputs that were findings once, each in a file of its own: the regression tests of the targets. A file has a line of
// hexadecimal digits for each part of the input, and comments after "#".
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Sample } from './input.ts'

const FOLDER = fileURLToPath(new URL('corpus/', import.meta.url))

/** The findings of a target: file name -> input. */
export function readCorpus(target: string, folder = FOLDER): ReadonlyMap<string, Sample> {
  const path = `${folder}${target}/`
  if (!existsSync(path)) return new Map()
  const files = readdirSync(path).sort()
  return new Map(files.map((file) => [file, parseSample(readFileSync(`${path}${file}`, 'utf8'))]))
}

/** Writes a finding; returns the path of the file. Equal inputs have one file. */
export function writeFinding(
  target: string,
  sample: Sample,
  comments: readonly string[],
  folder = FOLDER,
): string {
  const lines = sample.map((part) => Buffer.from(part).toString('hex'))
  const name = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12)
  const path = `${folder}${target}/`
  mkdirSync(path, { recursive: true })
  const text = [...comments.map((comment) => `# ${comment}`), ...lines.map(shown)].join('\n')
  writeFileSync(`${path}${name}.hex`, `${text}\n`)
  return `${path}${name}.hex`
}

/** An empty part is a line of its own. */
function shown(line: string): string {
  return line === '' ? '-' : line
}

export function parseSample(text: string): Sample {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim())
  return lines
    .filter((line) => line !== '')
    .map((line) => Uint8Array.from(Buffer.from(line === '-' ? '' : line, 'hex')))
}
