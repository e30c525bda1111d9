// Reports of benchmarks in Markdown: measurements, and goals with their results.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { machine, table } from '../../test/support/report-text.ts'

/** A goal and the measured value, as text. */
export interface Goal {
  readonly what: string
  readonly goal: string
  readonly measured: string
  readonly met: boolean
}

/** The result file of a benchmark: bench/results/NAME.md. */
interface Report {
  readonly name: string
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly goals: readonly Goal[]
  /** How it was measured, and what was skipped. */
  readonly notes: readonly string[]
}

/** The results of one part of a benchmark. */
export interface Findings {
  readonly rows: readonly (readonly [what: string, measured: string])[]
  readonly goals: readonly Goal[]
  readonly notes: readonly string[]
}

/** A goal for a ratio: a minimum or a maximum. Without a ratio, because a server did not start, it is missed. */
export function ratioGoal(
  what: string,
  ratio: number | undefined,
  atLeast?: number,
  atMost?: number,
): Goal {
  const goal = atLeast === undefined ? `at most ${atMost}x` : `at least ${atLeast}x`
  if (ratio === undefined) return { what, goal, measured: 'not measured', met: false }
  const met = ratio >= (atLeast ?? -Infinity) && ratio <= (atMost ?? Infinity)
  return { what, goal, measured: `${ratio.toFixed(2)}x`, met }
}

/** `ours` to `theirs`; undefined without one of them. */
export function ratioOf(ours: number | undefined, theirs: number | undefined): number | undefined {
  return ours === undefined || theirs === undefined ? undefined : ours / theirs
}

/** Results of an earlier benchmark do not change what is measured. */
const MEASURED = ['src', 'bench', ':!bench/results']

/** The Markdown text of a report. */
function renderReport(report: Report): string {
  const goals = report.goals.map(({ what, goal, measured, met }) => [
    what,
    goal,
    measured,
    met ? 'met' : '**missed**',
  ])
  const parts = [`# ${report.title}`, machine(MEASURED), table(report.columns, report.rows)]
  if (goals.length > 0) parts.push(table(['goal', 'wanted', 'measured', ''], goals))
  if (report.notes.length > 0) parts.push(report.notes.map((note) => `- ${note}`).join('\n'))
  return `${parts.join('\n\n')}\n`
}

/** Writes bench/results/NAME.md and prints it. */
export function publish(report: Report): void {
  const text = renderReport(report)
  const file = new URL(`../results/${report.name}.md`, import.meta.url)
  writeFileSync(fileURLToPath(file), text)
  process.stdout.write(`\n${text}\n`)
}
