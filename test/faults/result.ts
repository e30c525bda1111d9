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
  const today = new Date().toISOString().slice(0, 10)
  await writeFile(FILE, withRow(await readFile(FILE, 'utf8'), section, name, numbers, today))
}

/** The text with the row; sections and rows are added at the end where they are new. */
export function withRow(
  text: string,
  section: string,
  name: string,
  numbers: Readonly<Record<string, number | string>>,
  day: string,
): string {
  const title = `## ${section}`
  const cells = Object.entries(numbers).map(([what, value]) => `${what} ${value}`)
  const row = `- ${name}: ${cells.join(', ')} (${day})`
  const parts = text.split(/^(?=## )/m).map((part) => part.trimEnd())
  const index = parts.findIndex((part) => part.startsWith(`${title}\n`))
  if (index < 0) return `${[...parts, `${title}\n\n${row}`].join('\n\n')}\n`
  const lines = parts[index]!.split('\n')
  const old = lines.findIndex((line) => line.startsWith(`- ${name}: `))
  const next = old < 0 ? [...lines, row] : lines.with(old, row)
  return `${parts.with(index, next.join('\n')).join('\n\n')}\n`
}
