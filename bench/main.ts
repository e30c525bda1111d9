// npm run bench -- SCENARIO [PART] [ROUNDS]: runs benchmarks, prints a table and writes it to bench/results/.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { attack, attackParts } from './scenarios/attack.ts'
import { churn } from './scenarios/churn.ts'
import { compare } from './scenarios/compare.ts'
import { corefile, corefileParts } from './scenarios/corefile.ts'
import { fleet, fleetParts } from './scenarios/fleet.ts'
import { hosts } from './scenarios/hosts.ts'
import { latency } from './scenarios/latency.ts'
import { memory } from './scenarios/memory.ts'
import { page } from './scenarios/page.ts'
import { propagation } from './scenarios/propagation.ts'
import { qps } from './scenarios/qps.ts'
import { sidecar } from './scenarios/sidecar.ts'
import { snapshot } from './scenarios/snapshot.ts'
import { start } from './scenarios/start.ts'
import { hasProgram } from './support/peers.ts'

interface Scenario {
  readonly run: (rounds?: number) => Promise<void>
  /** Required programs -> their Debian packages. */
  readonly needs: Readonly<Record<string, string>>
}

const [name = '', ...more] = process.argv.slice(2)
/** The scenarios that have parts. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  attack: attackParts,
  corefile: corefileParts,
  fleet: fleetParts,
}
/** Undefined for all parts. */
const part = partsOf[name]?.includes(more[0] ?? '') ? more.shift() : undefined
/** The other build of the scenario `compare`. */
const dist = name === 'compare' ? (more.shift() ?? '') : ''
const rounds = more.length === 0 ? undefined : Number(more.shift())

const pinned = { taskset: 'util-linux' }
const loaded = { ...pinned, dnsperf: 'dnsperf' }
const scenarios: Readonly<Record<string, Scenario>> = {
  qps: { run: qps, needs: loaded },
  latency: { run: latency, needs: loaded },
  memory: { run: memory, needs: loaded },
  sidecar: { run: sidecar, needs: pinned },
  start: { run: start, needs: pinned },
  snapshot: { run: snapshot, needs: pinned },
  propagation: { run: propagation, needs: pinned },
  churn: { run: churn, needs: loaded },
  corefile: {
    run: (rounds) => corefile(part, rounds),
    needs: { ...loaded, cc: 'gcc and libc6-dev' },
  },
  hosts: { run: hosts, needs: loaded },
  fleet: { run: (rounds) => fleet(part, rounds), needs: pinned },
  page: { run: page, needs: {} },
  attack: {
    run: (rounds) => attack(part, rounds),
    needs: { ...loaded, cc: 'gcc and libc6-dev' },
  },
}
/** Needs another build, so `all` leaves it out. */
const compareBuilds: Scenario = { run: (rounds) => compare(dist, rounds), needs: loaded }

const names = [...Object.keys(scenarios), 'all']
const usage =
  `usage: npm run bench -- ${names.join('|')} [ROUNDS]\n` +
  Object.entries(partsOf)
    .map(
      ([scenario, parts]) => `       npm run bench -- ${scenario} [${parts.join('|')}] [ROUNDS]\n`,
    )
    .join('') +
  '       npm run bench -- compare DIST [ROUNDS]   DIST: folder dist of another checkout, built\n'

if (['-h', '--help', 'help'].includes(name)) {
  process.stdout.write(usage)
  process.exit(0)
}
const isKnown = names.includes(name) || name === 'compare'
const isWrong =
  more.length > 0 || (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1))
if (!isKnown || isWrong) {
  process.stderr.write(usage)
  process.exit(2)
}
if (name === 'compare' && !existsSync(join(dist, 'cli.js'))) {
  process.stderr.write(`bench: ${join(dist, 'cli.js')} does not exist: run npm run build there\n`)
  process.exit(2)
}
const chosen = name === 'compare' ? { compare: compareBuilds } : scenarios
const ready = Object.entries(chosen).filter(([scenario, { needs }]) => {
  if (name !== 'all' && name !== scenario) return false
  const missing = Object.keys(needs).filter((program) => !hasProgram(program))
  for (const program of missing) {
    const text = `${scenario} is skipped: ${program} is not installed (Debian package ${needs[program]})`
    process.stderr.write(`bench: ${text}\n`)
  }
  return missing.length === 0
})
if (ready.length === 0) process.exit(1)
// Benchmarks measure the build, as it is deployed, not the sources.
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
for (const [, { run }] of ready) await run(rounds)
