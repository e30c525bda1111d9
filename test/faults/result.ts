// RESULT.md: the numbers of one full run of the fault tests (FAULTS=all), with a section for each kind of fault and a
// row for each passed test. A run of all of them starts with an empty file; one of a single file replaces its rows. A sample
// records nothing.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { commitOf } from '../support/commit.ts'
import { ALL_FAULTS } from './extent.ts'

const FILE = new URL('RESULT.md', import.meta.url)
const run = promisify(execFile)

/** The commit and the environment of a run. */
interface RunFacts {
  readonly commit: string
  readonly day: string
  readonly cores: number
  /** Output of `kube-apiserver --version`. */
  readonly apiserver: string
}

/** Starts a new RESULT.md for a run of all; called once per run, before all tests (test/support/global-setup.ts). */
export async function beginRun(apiserver: string): Promise<void> {
  if (!ALL_FAULTS || !process.argv.includes('test/faults')) return
  const version = await run(apiserver, ['--version'])
  await writeFile(FILE, headOf({ ...(await runFacts()), apiserver: version.stdout.trim() }))
}

/** The commit and the environment of this run. */
export async function runFacts(): Promise<Omit<RunFacts, 'apiserver'>> {
  const day = new Date().toISOString().slice(0, 10)
  const commit = await commitOf('test/faults/**RESULT.md')
  return { commit, day, cores: availableParallelism() }
}

/** The text before the first section. */
export function headOf({ commit, day, cores, apiserver }: RunFacts): string {
  return `# What the fault tests found

Written by \`npm run test:faults\`, which runs all fault tests (\`npm test\` runs a sample). All rows are from one run,
at commit ${commit}, begun on ${day} on ${cores} cores, with ${apiserver}. A failed test has no row.

Bugs that these tests have found, all fixed: late responses to writes restored deleted objects; a Service whose label
was removed by hand while its import was recreated counted as foreign forever; a member restored from a backup was not
synced again; an open watch that delivers nothing was detected only when it ended by itself.
`
}

/** Writes the row `name` into `section`, replacing an existing one. */
export async function record(
  section: string,
  name: string,
  numbers: Readonly<Record<string, number | string>>,
): Promise<void> {
  if (!ALL_FAULTS) return
  await writeFile(FILE, withRow(await readFile(FILE, 'utf8'), section, name, numbers))
}

/** The text with the row; new sections and rows are appended. */
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
