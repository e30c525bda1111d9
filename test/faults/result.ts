// The numbers of a full run of the fault tests (FAULTS=all), kept in RESULT.md: a section for each kind of fault, a
// row for each test that passed, all of one run, which begins with an empty list. A sample records nothing.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { ALL_FAULTS } from './extent.ts'

const FILE = new URL('RESULT.md', import.meta.url)
const run = promisify(execFile)

/** What a run is one of. */
export interface RunFacts {
  readonly commit: string
  readonly day: string
  readonly cores: number
  /** As the program says it. */
  readonly apiserver: string
}

/** Empties the list, for a run that begins; called once a run, before any test (test/support/global-setup.ts). */
export async function beginRun(apiserver: string): Promise<void> {
  if (!ALL_FAULTS) return
  const version = await run(apiserver, ['--version'])
  const day = new Date().toISOString().slice(0, 10)
  const facts = { commit: await commitOf(), day, cores: availableParallelism() }
  await writeFile(FILE, headOf({ ...facts, apiserver: version.stdout.trim() }))
}

async function commitOf(): Promise<string> {
  const cwd = new URL('../../', import.meta.url)
  const git = async (...args: readonly string[]) => (await run('git', [...args], { cwd })).stdout
  try {
    const commit = (await git('rev-parse', '--short=12', 'HEAD')).trim()
    const changes = await git('status', '--porcelain', '--', '.', ':!test/faults/RESULT.md')
    return changes === '' ? commit : `${commit} with changes`
  } catch {
    return 'that is not known'
  }
}

/** The text before the first section. */
export function headOf({ commit, day, cores, apiserver }: RunFacts): string {
  return `# What the fault tests found

Written by \`npm run test:faults\`, which runs all of them (\`npm test\` runs a sample). All rows are of one run, at
commit ${commit}, begun on ${day} on ${cores} cores, with ${apiserver}. A test that did not pass has no row.

What they have found, and what was repaired then: late answers to writes brought back objects that had gone; a Service
whose label a hand removed while its import was made anew counted as somebody else's for ever; a member restored from a
backup was not heard; an open watch that no longer delivers was noticed only when it ended by itself.
`
}

/** Puts the row `name` into `section`, in place of one that is there. */
export async function record(
  section: string,
  name: string,
  numbers: Readonly<Record<string, number | string>>,
): Promise<void> {
  if (!ALL_FAULTS) return
  await writeFile(FILE, withRow(await readFile(FILE, 'utf8'), section, name, numbers))
}

/** The text with the row; sections and rows are added at the end where they are new. */
export function withRow(
  text: string,
  section: string,
  name: string,
  numbers: Readonly<Record<string, number | string>>,
): string {
  const title = `## ${section}`
  const cells = Object.entries(numbers).map(([what, value]) => `${what} ${value}`)
  const row = `- ${name}: ${cells.join(', ')}`
  const parts = text.split(/^(?=## )/m).map((part) => part.trimEnd())
  const index = parts.findIndex((part) => part.startsWith(`${title}\n`))
  if (index < 0) return `${[...parts, `${title}\n\n${row}`].join('\n\n')}\n`
  const lines = parts[index]!.split('\n')
  const old = lines.findIndex((line) => line.startsWith(`- ${name}: `))
  const next = old < 0 ? [...lines, row] : lines.with(old, row)
  return `${parts.with(index, next.join('\n')).join('\n\n')}\n`
}
