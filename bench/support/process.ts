// Starts a process pinned to cores, and reads its CPU time, memory and output.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { waitFor } from '../../test/support/wait-for.ts'

/** A running process of a benchmark. */
export interface BenchProcess {
  readonly name: string
  readonly pid: number
  /** The last 20,000 characters of stdout and stderr. */
  readonly output: () => string
  /** Throws an Error with the output when the process has ended. */
  readonly check: () => void
  readonly stop: () => Promise<void>
}

interface ProcessOptions {
  readonly name: string
  readonly command: readonly string[]
  /** The CPU list of taskset ("0", "0,1"). */
  readonly cpus: string
  readonly env?: NodeJS.ProcessEnv
}

/** Pins this process, all its threads and later child processes to these cores. */
export function pinTo(cpus: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cpus, String(process.pid)])
}

/** Starts the command on the cores `cpus`. */
export function startProcess({ name, command, cpus, env }: ProcessOptions): BenchProcess {
  // taskset execs the program, so the pid is the program's own.
  const child: ChildProcess = spawn('taskset', ['-c', cpus, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let output = ''
  const add = (chunk: Buffer) => {
    output = (output + String(chunk)).slice(-20_000)
  }
  child.stdout?.on('data', add)
  child.stderr?.on('data', add)
  let ended = false
  const end = new Promise<void>((done) => {
    child.once('exit', () => {
      ended = true
      done()
    })
    child.once('error', (error) => {
      output += error.message
      ended = true
      done()
    })
  })
  return {
    name,
    pid: child.pid ?? 0,
    output: () => output,
    check() {
      if (ended) throw new Error(`${name} has ended:\n${output}`)
    },
    async stop() {
      if (!ended) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 8000)
      await end
      clearTimeout(timer)
    },
  }
}

/** Starts a process and waits for the port that it prints ("listening on PORT"). */
export async function startServer(
  options: ProcessOptions,
): Promise<BenchProcess & { readonly port: number }> {
  const child = startProcess(options)
  const probe = () => {
    child.check()
    return Number(/listening on (\d+)/.exec(child.output())?.[1] ?? 0)
  }
  return { ...child, port: await waitFor(options.name, probe, { timeoutMs: 180_000 }) }
}

/** Clock ticks in a second (sysconf(_SC_CLK_TCK)), 100 on every Linux. */
const TICKS = 100

/** CPU seconds of a process and its child processes so far. */
export function cpuSeconds(pid: number): number {
  return treeOf(pid).reduce((sum, member) => {
    const fields = statOf(member)
    return fields === undefined ? sum : sum + (Number(fields[11]) + Number(fields[12])) / TICKS
  }, 0)
}

/** Memory of a process and its child processes in bytes: resident, and the anonymous part of it. */
export function memoryOf(pid: number): { readonly rss: number; readonly anonymous: number } {
  let rss = 0
  let anonymous = 0
  for (const member of treeOf(pid)) {
    const status = read(`/proc/${member}/status`)
    rss += kilobytes(status, 'VmRSS')
    anonymous += kilobytes(status, 'RssAnon')
  }
  return { rss, anonymous }
}

/** The most memory that a process had resident so far, in bytes. */
export function peakOf(pid: number): number {
  return kilobytes(read(`/proc/${pid}/status`), 'VmHWM')
}

function kilobytes(status: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}

/** The fields after the name in /proc/PID/stat (state, parent, ...); the name can contain spaces. */
function statOf(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`)
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** The process ids of a process and all its descendants. */
function treeOf(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const fields = /^\d+$/.test(name) ? statOf(Number(name)) : undefined
    if (fields !== undefined) parents.set(Number(name), Number(fields[1]))
  }
  const isBelow = (start: number): boolean => {
    for (let at = start; at > 1; at = parents.get(at) ?? 0) if (at === pid) return true
    return false
  }
  return [...parents.keys()].filter(isBelow)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
