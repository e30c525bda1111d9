// The time from the start of the process until 1,000 names are answered from a snapshot, without an API server, beside a
// Corefile with `whoami` alone that answers its first question.
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../test/support/free-port.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { untilAllAnswered } from '../support/burst.ts'
import { benchService, ZONE } from '../support/objects.ts'
import { startReplayApi } from '../support/peers.ts'
import { cpuSeconds, startProcess } from '../support/process.ts'
import { publish, ratioGoal } from '../support/report.ts'
import { median } from '../support/stats.ts'
import { CLIENT_CPU, SERVER_CPU } from './qps.ts'

const COUNTS = [1000, 10_000]
const NAMES = 1000
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
/** A server writes its snapshot after its lists. */
const WRITTEN_MS = 180_000

/** Measures both `rounds` times in turns for each number of Services, and writes bench/results/snapshot.md. */
export async function snapshot(rounds = 7): Promise<void> {
  const rows: string[][] = []
  const goals = []
  for (const services of COUNTS) {
    const file = await writeSnapshot(services)
    const starts = { whoami: [] as Start[], snapshot: [] as Start[] }
    for (let round = 0; round < rounds; round++) {
      starts.whoami.push(await measure(namesOf(services).slice(0, 1), 'whoami', false))
      starts.snapshot.push(await measure(namesOf(services), file.option, true))
    }
    const of = (list: readonly Start[], what: keyof Start) => median(list.map((one) => one[what]))
    const { whoami, snapshot: ours } = starts
    const ratio = (what: keyof Start) => of(ours, what) / of(whoami, what)
    const cells = [
      String(services),
      (file.bytes / 1e6).toFixed(2),
      of(whoami, 'ms').toFixed(0),
      of(ours, 'ms').toFixed(0),
      `${ratio('ms').toFixed(2)}x`,
      of(whoami, 'cpuMs').toFixed(0),
      of(ours, 'cpuMs').toFixed(0),
      `${ratio('cpuMs').toFixed(2)}x`,
    ]
    process.stderr.write(`${cells.join(' ')}\n`)
    rows.push(cells)
    if (services !== NAMES) continue
    goals.push(ratioGoal(`${NAMES} services, time to that of whoami`, ratio('ms'), undefined, 1.2))
    goals.push(
      ratioGoal(`${NAMES} services, CPU to that of whoami`, ratio('cpuMs'), undefined, 1.2),
    )
  }
  publish({
    name: 'snapshot',
    title: 'Start from a snapshot, without an API server, until 1,000 names are answered',
    columns: [
      'services',
      'snapshot, MB',
      '`whoami`, ms',
      'from the snapshot, ms',
      'ratio',
      '`whoami`, CPU ms',
      'from the snapshot, CPU ms',
      'ratio of CPU',
    ],
    rows,
    goals,
    notes: [
      `One core for the server, another for the client; in turns, medians of ${rounds} rounds.`,
      '`whoami` is a Corefile with this plugin alone, until it has answered one question.',
      'CPU is that of the server until then, in ticks of 10 ms; other load on the machine changes the time more than it.',
    ],
  })
}

/** A server reads an API server, and leaves its snapshot. */
async function writeSnapshot(services: number) {
  const api = await startReplayApi(services, CLIENT_CPU)
  const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'snapshot')
  const option = zoneWith(`endpoint http://127.0.0.1:${api.port}`, file)
  const server = await start(option)
  try {
    const exists = () => statSync(file, { throwIfNoEntry: false }) !== undefined
    await waitFor('the snapshot', exists, { timeoutMs: WRITTEN_MS, detail: server.output })
  } finally {
    await server.stop()
    await api.stop()
  }
  return { option, bytes: statSync(file).size }
}

function zoneWith(source: string, file: string): string {
  return `kubernetes ${ZONE} {
    multicluster ${ZONE}
    ${source}
    snapshot ${file}
  }`
}

interface Start {
  readonly ms: number
  readonly cpuMs: number
}

/** 1,000 of the names of so many Services. */
function namesOf(services: number): readonly string[] {
  const step = Math.max(1, Math.floor(services / NAMES))
  return Array.from({ length: NAMES }, (_, i) => {
    const { name, namespace } = benchService((i * step) % services)
    return `${name}.${namespace}.svc.${ZONE}`
  })
}

/** Starts a server with this directive, until it has answered for all names. */
async function measure(
  names: readonly string[],
  directive: string,
  needsRecords: boolean,
): Promise<Start> {
  const startedAt = performance.now()
  const server = await start(directive)
  try {
    await untilAllAnswered(server.port, names, needsRecords)
    return { ms: performance.now() - startedAt, cpuMs: 1000 * cpuSeconds(server.pid) }
  } finally {
    await server.stop()
  }
}

async function start(directive: string) {
  const port = await freePort()
  const corefile = join(mkdtempSync(join(tmpdir(), 'bench-')), 'Corefile')
  writeFileSync(corefile, `.:${port} {\n  bind 127.0.0.1\n  ${directive}\n}\n`)
  const command = [process.execPath, CLI, '-conf', corefile]
  return { port, ...startProcess({ name: 'clusterset-dns', command, cpus: SERVER_CPU }) }
}
