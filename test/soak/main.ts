// npm run soak: runs the build for hours, and writes test/soak/RESULT.md.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ensureTools } from '../support/tools.ts'
import { readArguments, USAGE } from './arguments.ts'
import { sumOf } from './minute.ts'
import { reportOf, type SoakResult } from './result.ts'
import { runSoak } from './run.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const RESULT = here('./RESULT.md')

const args = readArguments(process.argv.slice(2))
if (args.kind === 'help') {
  process.stdout.write(USAGE)
  process.exit(0)
}
if (args.kind === 'error') {
  process.stderr.write(`soak: ${args.message}\n\n${USAGE}`)
  process.exit(2)
}
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    process.stderr.write(`soak: ${signal}: the run ends and is judged\n`)
    interrupt.abort(signal)
  })
}
const tools = await ensureTools()
if (!tools.ok) {
  process.stderr.write(`soak: needs a real API server: ${tools.reason}\n`)
  process.exit(1)
}
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', cwd: here('../..') })
const { minutes } = args
process.stderr.write(`soak: ${minutes} minutes; Ctrl-C ends them early; the report is ${RESULT}\n`)
const result = await runSoak({
  minutes,
  program: here('../../dist/cli.js'),
  tools: tools.paths,
  steady: 150,
  changing: 40,
  changesPerSecond: 8,
  udpRate: 1000,
  tcpRate: 50,
  interrupt: interrupt.signal,
  onMinute: (soFar) => {
    process.stderr.write(`${progress(soFar)}\n`)
    writeFileSync(RESULT, reportOf(soFar))
  },
})
writeFileSync(RESULT, reportOf(result))
process.stdout.write(reportOf(result))
process.exit(result.judgements.some(({ holds }) => holds === false) ? 1 : 0)

function progress({ minutes: all, wanted }: SoakResult): string {
  const last = all.at(-1)!
  const { udp, echo, verdicts, at, changes } = last
  const now = last.samples.at(-1)!
  const wrong = sumOf(all, (minute) => minute.verdicts.wrong)
  const lost = sumOf(all, (minute) => minute.verdicts.lost)
  return (
    `${new Date().toISOString().slice(11, 19)} ${at.toFixed(1)} of ${wanted} min: ${udp.total} questions, ` +
    `p99 ${udp.quantile(0.99).toFixed(2)} ms (echo ${echo.quantile(0.99).toFixed(2)}), ` +
    `RSS ${(now.rss / 1e6).toFixed(1)} MB, ${changes} changes, ${verdicts.excused} excused, ` +
    `load ${now.load.toFixed(1)}; so far ${wrong} wrong, ${lost} lost`
  )
}
