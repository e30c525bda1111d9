// The numbers of a full run of the fault tests (FAULTS=all), kept in RESULT.md: a section for each kind of fault, a
// row for each run of it. A sample records nothing.
import { readFile, writeFile } from 'node:fs/promises'
import { ALL_FAULTS } from './real-fleet.ts'

const FILE = new URL('RESULT.md', import.meta.url)

/** Puts the row `name` into `section`, in place of the one of an earlier run. */
export async function record(
  section: string,
  name: string,
  numbers: Readonly<Record<string, number | string>>,
): Promise<void> {
  if (!ALL_FAULTS) return
  const text = await readFile(FILE, 'utf8')
  await writeFile(FILE, withRow(text, section, name, numbers))
}

/** The text with the row; sections and rows are added at the end where they are new. */
export function withRow(
  text: string,
  section: string,
  name: string,
  numbers: Readonly<Record<string, number | string>>,
): string {
  const [head = '', ...sections] = text.split(/^(?=## )/m)
  const title = `## ${section}\n`
  const cells = Object.entries(numbers).map(([what, value]) => `${what} ${value}`)
  const row = `- ${name}: ${cells.join(', ')} (${new Date().toISOString().slice(0, 10)})\n`
  const index = sections.findIndex((one) => one.startsWith(title))
  const lines = (sections[index] ?? `${title}\n`).trimEnd().split('\n')
  const old = lines.findIndex((one) => one.startsWith(`- ${name}: `))
  const next = old < 0 ? [...lines, row.trimEnd()] : lines.with(old, row.trimEnd())
  const written = `${next.join('\n')}\n\n`
  const all = index < 0 ? [...sections, written] : sections.with(index, written)
  return `${head}${all.join('')}`.trimEnd().concat('\n')
}
