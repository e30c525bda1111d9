// A block list of 1,000,000 names in `hosts`: answers per CPU second beside CoreDNS, and memory with its peak while the list is
// read again.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { query } from '../../test/support/dns-client.ts'
import { freePort } from '../../test/support/free-port.ts'
import { createRandom } from '../../test/support/random.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { type CorefileServer, programOf, SIDES, type Side } from '../support/corefile-servers.ts'
import { memoryOf, peakOf, startProcess } from '../support/process.ts'
import { type Goal, publish, ratioGoal, ratioOf } from '../support/report.ts'
import { inTurn, type Load, thousands } from './corefile/rig.ts'
import { SERVER_CPU } from './qps.ts'

const NAMES = 1_000_000
const QUERIES = 200_000
const RELOADS = 2
const START_TIMEOUT_MS = 120_000
/** Memory is released some time after a start. */
const SETTLE_MS = 5000
const MAX_MORE_RSS = 100e6
const WORDS = ['ads', 'track', 'pixel', 'cdn', 'metrics', 'click', 'beacon', 'sync']
const ENDS = ['com', 'net', 'org', 'io', 'co.uk']

/** The name with this number, 20 bytes on average; all are different. */
function nameOf(i: number): string {
  const host = `${WORDS[i % 8]}${i.toString(36)}.${WORDS[(i >> 3) % 8]}`
  return `${host}.${ENDS[i % 5]}`
}

function blockList(folder: string, count: number): string {
  const file = join(folder, `block-${count}`)
  const lines = Array.from({ length: count }, (_, i) => `0.0.0.0 ${nameOf(i)}\n`)
  writeFileSync(file, lines.join(''))
  return file
}

/** Questions for names of the list: 80 % A, 20 % AAAA, which is NODATA. */
function questions(folder: string): string {
  const random = createRandom(1)
  const line = () => `${nameOf(random.int(NAMES))} ${random.chance(80) ? 'A' : 'AAAA'}`
  const file = join(folder, 'questions')
  writeFileSync(file, `${Array.from({ length: QUERIES }, line).join('\n')}\n`)
  return file
}

async function startServer(side: Side, folder: string, list: string): Promise<CorefileServer> {
  const port = await freePort()
  const corefile = join(folder, `Corefile-${port}`)
  const prometheus = `prometheus 127.0.0.1:${await freePort()}`
  const directives = `bind 127.0.0.1\n multisocket 1\n ${prometheus}\n hosts ${list} {\n  reload 1s\n }`
  writeFileSync(corefile, `.:${port} {\n ${directives}\n}\n`)
  const command = [...(await programOf(side)), '-conf', corefile]
  const child = startProcess({ name: side, command, cpus: SERVER_CPU })
  try {
    await answers(port, nameOf(0), child.check)
  } catch (error) {
    await child.stop()
    throw error
  }
  return { ...child, side, port }
}

async function answers(port: number, name: string, check: () => void): Promise<void> {
  const probe = async () => {
    check()
    return (await query({ port, name, type: 'A', timeoutMs: 2000 })).answers.length > 0
  }
  await waitFor(`${name} is answered`, probe, { timeoutMs: START_TIMEOUT_MS })
}

/** Adds a line to the list as often as RELOADS, and waits each time until the server has read it. */
async function readAgain({ port, check }: CorefileServer, list: string): Promise<void> {
  for (let i = 0; i < RELOADS; i++) {
    const name = `new${Math.round(1e9 * Math.random())}.test`
    appendFileSync(list, `0.0.0.0 ${name}\n`)
    await answers(port, name, check)
  }
  await delay(SETTLE_MS)
}

/** Memory of a server with a list, in bytes, also after reloads. */
async function memoryWith(side: Side, folder: string, count: number) {
  const list = blockList(folder, count)
  const server = await startServer(side, folder, list)
  try {
    await delay(SETTLE_MS)
    const { rss } = memoryOf(server.pid)
    await readAgain(server, list)
    return { rss, peak: peakOf(server.pid) }
  } finally {
    await server.stop()
  }
}

/** Measures both servers `rounds` times for `seconds` each, and writes bench/results/hosts.md. */
export async function hosts(rounds = 5, seconds = 4): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hosts-'))
  try {
    const { rows, goals } = await measure(folder, rounds, seconds)
    publish({
      name: 'hosts',
      title: 'A block list of a million names',
      columns: ['what', 'measured'],
      rows,
      goals,
      notes: [
        `${NAMES} lines "0.0.0.0 NAME"; 80 % A, 20 % AAAA of random names of the list, all with EDNS.`,
        `One core for the server, another for dnsperf; medians of ${rounds} alternating rounds of ${seconds} s.`,
        `Peaks: VmHWM after ${RELOADS} changes of the list, each of which is read while the former one is in force.`,
        '`npm run bench -- hosts`',
      ],
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measure(folder: string, rounds: number, seconds: number) {
  const rows: [string, string][] = []
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  const small = await memoryWith('clusterset-dns', folder, 1)
  const large = await memoryWith('clusterset-dns', folder, NAMES)
  const theirs = await memoryWith('CoreDNS', folder, NAMES)
  for (const [what, { rss, peak }] of [
    ['clusterset-dns, one name', small],
    ['clusterset-dns, the list', large],
    ['CoreDNS, the list', theirs],
  ] as const) {
    rows.push([what, `RSS ${megabytes(rss)}, peak with reloads ${megabytes(peak)}`])
  }
  const more = large.peak - small.peak
  const load: Load = { what: 'blocked names', seconds, queries: () => questions(folder) }
  const list = blockList(folder, NAMES)
  const servers: CorefileServer[] = []
  try {
    for (const side of SIDES) servers.push(await startServer(side, folder, list))
    const result = await inTurn(servers, [load], rounds)
    for (const side of SIDES) {
      const { perCpuSecond = 0, queriesPerSecond = 0, lost, failed } = result(side, load.what) ?? {}
      const speed = `${thousands(perCpuSecond)} answers per CPU second, ${thousands(queriesPerSecond)} queries/s`
      rows.push([`${side}, ${load.what}`, `${speed}, ${lost} lost, ${failed} failed`])
    }
    const [ours, other] = SIDES.map((side) => result(side, load.what)?.perCpuSecond)
    const goals: Goal[] = [
      ratioGoal('answers per CPU second against CoreDNS', ratioOf(ours, other), 5),
      {
        what: 'RSS for the list, peak with reloads, against one name',
        goal: `at most ${megabytes(MAX_MORE_RSS)} more`,
        measured: `${megabytes(more)} more`,
        met: more <= MAX_MORE_RSS,
      },
    ]
    return { rows, goals }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}
