// npm run bench -- SCENARIO [ROUNDS]: measures, prints a table, and writes it to bench/results/.

import { execFileSync } from 'node:child_process'
import { churn } from './scenarios/churn.ts'
import { latency } from './scenarios/latency.ts'
import { memory } from './scenarios/memory.ts'
import { propagation } from './scenarios/propagation.ts'
import { qps } from './scenarios/qps.ts'
import { start } from './scenarios/start.ts'
import { hasProgram } from './support/peers.ts'

const scenarios: Readonly<Record<string, (rounds?: number) => Promise<void>>> = {
  qps,
  latency,
  memory,
  start,
  propagation,
  churn,
}

const names = [...Object.keys(scenarios), 'all']
const usage = `usage: npm run bench -- ${names.join('|')} [ROUNDS]\n`

const [name = '', roundsText] = process.argv.slice(2)
const rounds = roundsText === undefined ? undefined : Number(roundsText)
if (['-h', '--help', 'help'].includes(name)) {
  process.stdout.write(usage)
  process.exit(0)
}
if (!names.includes(name) || (rounds !== undefined && !(rounds >= 1))) {
  process.stderr.write(usage)
  process.exit(2)
}
for (const program of ['dnsperf', 'taskset']) {
  if (hasProgram(program)) continue
  const where = program === 'dnsperf' ? 'dnsperf' : 'util-linux'
  process.stderr.write(`bench: ${program} is not installed (Debian package ${where})\n`)
  process.exit(1)
}
// What is measured is what is deployed: the build, not the sources.
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
for (const [scenario, run] of Object.entries(scenarios)) {
  if (name === 'all' || name === scenario) await run(rounds)
}
