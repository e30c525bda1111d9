// Benchmarks of several parts, each of which can run alone, with its own result file.
import { type Findings, publish } from './report.ts'

/** Part -> its benchmark; `rounds` is ignored by parts without rounds. */
export type Parts = Readonly<Record<string, (rounds?: number) => Promise<Findings>>>

interface Benchmark {
  readonly name: string
  readonly title: string
  readonly parts: Parts
  /** How all parts were measured. */
  readonly notes: readonly string[]
}

/** Runs all parts and writes bench/results/NAME.md, or one part and writes NAME-<part>.md. */
export async function runParts(
  { name, title, parts, notes }: Benchmark,
  part?: string,
  rounds?: number,
): Promise<void> {
  const findings: Findings[] = []
  for (const [one, measure] of Object.entries(parts)) {
    if (part !== undefined && part !== one) continue
    process.stderr.write(`${name} ${one} ...\n`)
    try {
      findings.push(await measure(rounds))
    } catch (error) {
      // Keeps the results of the other parts, which take long.
      process.exitCode = 1
      const [reason = ''] = String(error).split('\n')
      process.stderr.write(`${name} ${one}: ${error instanceof Error ? error.stack : reason}\n`)
      findings.push({ rows: [[one, `not measured: ${reason}`]], goals: [], notes: [] })
    }
  }
  const command = [name, part, rounds].filter((word) => word !== undefined).join(' ')
  publish({
    name: part === undefined ? name : `${name}-${part}`,
    title: part === undefined ? title : `${title}: ${part}`,
    columns: ['what', 'measured'],
    rows: findings.flatMap(({ rows }) => rows),
    goals: findings.flatMap(({ goals }) => goals),
    notes: [
      ...new Set(findings.flatMap((one) => one.notes)),
      ...notes,
      `\`npm run bench -- ${command}\``,
    ],
  })
}
