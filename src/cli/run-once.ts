// Runs a command that ends by itself: its output goes to stdout, its log to stderr.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { ClientDeps } from '../kube/client-deps.ts'
import type { LogFormat } from '../log.ts'
import { createLogWriter } from '../runtime/log-writer.ts'
import { version } from '../version.ts'
import type { Signals } from './signals.ts'
import { createTerminal, outputErrorText, printTo, type Terminal } from './terminal.ts'

/** Milliseconds to flush the log at the end. */
export const FLUSH_MS = 1000
/** Exit code of a command interrupted by a signal. */
const INTERRUPTED = 130

/** Signals that do not end the fleet. Without a handler SIGUSR2 ends the process, with the leader's Lease held. */
export const IGNORED: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGUSR1', 'SIGUSR2']

/** Runs the work and exits with its code; the first signal aborts it, the second exits at once. Rejects as the work does. */
export async function runOnce(
  { debug, logFormat }: { readonly debug: boolean; readonly logFormat: LogFormat },
  signals: Signals,
  work: (deps: ClientDeps, terminal: Terminal, signal: AbortSignal) => Promise<number>,
): Promise<never> {
  const output = createLogWriter({ format: logFormat })
  const logged = createLogWriter({ format: logFormat, debug: () => debug, fd: 2 })
  const stop = new AbortController()
  signals.deliver((signal) => {
    if (IGNORED.includes(signal)) return
    if (stop.signal.aborted) process.exit(INTERRUPTED)
    stop.abort()
  })
  const terminal = createTerminal({
    writer: output,
    input: process.stdin,
    output: process.stdout,
    interrupted: () => process.kill(process.pid, 'SIGINT'),
  })
  let code = INTERRUPTED
  try {
    code = await work(
      { log: logged.log, userAgent: userAgent(replicaName()) },
      terminal,
      stop.signal,
    )
    // A reader such as a pager takes its time.
    await output.flush(stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    await Promise.all([output.close(FLUSH_MS), logged.close(FLUSH_MS)])
  }
  const { failure } = output
  if (failure !== undefined) {
    printTo(process.stderr, outputErrorText(failure))
    process.exit(code === 0 ? 1 : code)
  }
  process.exit(code)
}

/** The User-Agent of the requests of a replica, or of a command. */
export function userAgent(replica: string): string {
  return `clusterset-dns-fleet/${version} (${replica})`
}

/** Host name and random suffix: a restarted container keeps its host name, but must be a new replica. */
export function replicaName(): string {
  const host = hostname().replaceAll(/[^\w.-]/g, '-')
  return `${host}_${randomBytes(4).toString('hex')}`
}
