// RESULT.md of the DNS half: a table for each kind of fault, which says what it cost in answers.
import { readFile, writeFile } from 'node:fs/promises'
import { ALL_FAULTS } from '../extent.ts'
import { runFacts } from '../result.ts'
import type { Tallies } from './asking.ts'

const DNS_RESULT = new URL('RESULT.md', import.meta.url)

/** Starts a new RESULT.md; called once per run, before all tests (test/support/global-setup.ts). */
export async function beginDnsRun(): Promise<void> {
  if (!ALL_FAULTS) return
  const { commit, day, cores } = await runFacts()
  const text = `# What faults cost the DNS half in answers

Written by \`npm run test:faults\`, which runs all fault tests (\`npm test\` runs a sample). All rows are from one run, at
commit ${commit}, begun on ${day} on ${cores} cores, with Node ${process.version}. A failed test has no row.

A server process answers constant questions: imported names, a name of the cluster, an absent one, a cached one and names
that an upstream must be asked for, by UDP, by new TCP connections and on one that stays. A question that has no right
answer is asked once more, from another port or on another connection. SERVFAIL is no answer; a wrong answer is NXDOMAIN for
a name that exists, or data that is not right (any more). The longest gap is the longest time without a right answer of one
kind of question: it contains the load of the machine. A killed thread may cost what it had in hand; nothing else may cost
anything that was known, but where no descriptor is free: new TCP connections need one.
`
  await writeFile(DNS_RESULT, text)
}

/** Writes the row of a fault into the table of `section`, replacing an existing one; a sample records nothing. */
export async function recordCost(
  section: string,
  fault: string,
  tallies: Tallies,
  more: Readonly<Record<string, number | string>> = {},
): Promise<void> {
  if (!ALL_FAULTS) return
  const text = await readFile(DNS_RESULT, 'utf8')
  await writeFile(DNS_RESULT, withCost(text, section, fault, { ...costOf(tallies), ...more }))
}

/** The books of all kinds of questions together. */
export function costOf(tallies: Tallies): Readonly<Record<string, number>> {
  const all = Object.values(tallies)
  const total = (field: 'asked' | 'lostAtFirst' | 'lostAfterRetry' | 'wrong') =>
    all.reduce((sum, tally) => sum + tally[field], 0)
  return {
    asked: total('asked'),
    'lost at first try': total('lostAtFirst'),
    'lost after one retry': total('lostAfterRetry'),
    'longest gap, ms': Math.round(Math.max(...all.map(({ longestGapMs }) => longestGapMs))),
    'wrong answers': total('wrong'),
  }
}

/** The text with the row; a new section has the columns of its first row, and its rows have the same. */
export function withCost(
  text: string,
  section: string,
  fault: string,
  cost: Readonly<Record<string, number | string>>,
): string {
  const title = `## ${section}`
  const line = (cells: readonly (number | string)[]) => `| ${cells.join(' | ')} |`
  const row = line([fault, ...Object.values(cost)])
  const parts = text.split(/^(?=## )/m).map((part) => part.trimEnd())
  const index = parts.findIndex((part) => part.startsWith(`${title}\n`))
  if (index < 0) {
    const names = ['fault', ...Object.keys(cost)]
    const head = [line(names), line(names.map((_, i) => (i === 0 ? '---' : '--:')))]
    return `${[...parts, [title, '', ...head, row].join('\n')].join('\n\n')}\n`
  }
  const lines = parts[index]!.split('\n')
  const old = lines.findIndex((one) => one.startsWith(`| ${fault} |`))
  const next = old < 0 ? [...lines, row] : lines.with(old, row)
  return `${parts.with(index, next.join('\n')).join('\n\n')}\n`
}
