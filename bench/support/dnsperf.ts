// Load by dnsperf: at the maximum rate, or at a given rate with the latency of every query.
import { execFile, spawn } from 'node:child_process'
import { createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

export interface LoadOptions {
  readonly port: number
  /** The path of a data file. */
  readonly queries: string
  readonly seconds: number
  readonly cpus: string
  readonly mode?: 'udp' | 'tcp'
  readonly clients?: number
  /** Outstanding queries of all clients together. */
  readonly outstanding?: number
  /** Queries per second; default: unlimited. */
  readonly rate?: number
}

interface LoadResult {
  readonly queriesPerSecond: number
  readonly completed: number
  readonly lost: number
  /** Replies with SERVFAIL or REFUSED. */
  readonly failed: number
}

interface LatencyResult extends LoadResult {
  /** The latency of all queries in milliseconds, ascending. */
  readonly latencies: Float64Array
}

const run = promisify(execFile)
const COMPLETED = /Queries completed:\s+(\d+)/

function args(options: LoadOptions): string[] {
  const { port, queries, seconds, cpus, mode = 'udp', clients = 20, outstanding = 400 } = options
  const rate = options.rate === undefined ? [] : ['-Q', String(options.rate)]
  const where = ['-s', '127.0.0.1', '-p', String(port), '-m', mode, '-d', queries]
  // -e: with EDNS. -T 1: one thread, for the single core of the client.
  const load = ['-e', '-l', String(seconds), '-c', String(clients), '-q', String(outstanding)]
  return ['-c', cpus, 'dnsperf', ...where, ...load, '-T', '1', ...rate]
}

/** Loads the server for `seconds`. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  try {
    const { stdout } = await run('taskset', args(options), { maxBuffer: 1 << 24 })
    return summary(stdout)
  } catch (error) {
    // When the server closes a connection, dnsperf may end with a code other than 0 after its summary.
    const { stdout = '' } = error as { readonly stdout?: string }
    if (!COMPLETED.test(stdout)) throw error
    return summary(stdout)
  }
}

/** `runLoad` with the latency of each query. */
export async function runLatency(options: LoadOptions): Promise<LatencyResult> {
  const folder = mkdtempSync(join(tmpdir(), 'latency-'))
  const file = join(folder, 'out')
  try {
    const output = openSync(file, 'w')
    const child = spawn('taskset', [...args(options), '-v'], {
      stdio: ['ignore', output, 'ignore'],
    })
    await new Promise((done) => child.once('exit', done))
    const latencies: number[] = []
    let rest = ''
    for await (const line of createInterface(createReadStream(file))) {
      // "> NOERROR name type 0.000123"
      if (line.startsWith('> ')) latencies.push(1000 * Number(line.slice(line.lastIndexOf(' '))))
      else rest += `${line}\n`
    }
    const sorted = Float64Array.from(latencies.filter((ms) => Number.isFinite(ms))).sort()
    return { ...summary(rest), latencies: sorted }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function summary(text: string): LoadResult {
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN)
  const completed = number(COMPLETED)
  if (Number.isNaN(completed)) throw new Error(`dnsperf gave no result:\n${text.slice(-2000)}`)
  return {
    queriesPerSecond: number(/Queries per second:\s+([\d.]+)/),
    completed,
    lost: number(/Queries lost:\s+(\d+)/),
    failed: sum(text, /\b(?:SERVFAIL|REFUSED) (\d+)/g),
  }
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0)
}
