// Runs a program as a child of a test and keeps its output. The program never outlives the test process, however that
// ends: a small watchdog shell kills it when the shell's stdin closes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** In characters. */
const MAX_OUTPUT = 4_000_000

export interface Child {
  readonly pid: number
  readonly name: string
  /** True until the program has ended. */
  readonly running: () => boolean
  /** Its output so far, stdout and stderr mixed (at least the newest 4 MB). */
  readonly output: () => string
  /** The last lines of its output, for error messages. */
  readonly tail: (lines?: number) => string
  readonly exitCode: () => number | string | undefined
  /** Resolves when the program has ended, also by a failure; never rejects. */
  readonly ended: Promise<void>
  readonly kill: (signal: NodeJS.Signals) => void
  /** Sends SIGTERM, and SIGKILL after `graceMs`; resolves when the program has ended. */
  readonly stop: (graceMs?: number) => Promise<void>
  /** Sends SIGKILL; resolves when the program has ended. */
  readonly kill9: () => Promise<void>
}

interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string | URL
}

/** Starts a program. The caller waits until it is ready, by its port or a line of `output()`. */
export function startChild(
  name: string,
  file: string,
  args: readonly string[],
  options: ChildOptions = {},
): Child {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that Ctrl-C reaches only this process, which stops its programs in order.
    detached: true,
  })
  let text = ''
  let result: number | string | undefined
  const keep = (chunk: string) => {
    text += chunk
    if (text.length > 2 * MAX_OUTPUT) text = text.slice(-MAX_OUTPUT)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const ended = once(child, 'close').then(
    ([code, signal]) => {
      result = code ?? signal ?? 'unknown'
    },
    (error: Error) => {
      keep(`${error.message}\n`)
      result = error.message
    },
  )
  const release = child.pid === undefined ? () => {} : startWatchdog(child.pid)
  const done = ended.then(release)

  const running = () => result === undefined
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal)
  }
  return {
    pid: child.pid ?? 0,
    name,
    running,
    output: () => text,
    tail: (lines = 25) =>
      `--- the end of the output of ${name}${running() ? '' : ` (ended: ${result})`}\n` +
      text.trimEnd().split('\n').slice(-lines).join('\n'),
    exitCode: () => result,
    ended: done,
    kill,
    stop: async (graceMs = 5_000) => {
      kill('SIGTERM')
      const killTimer = setTimeout(() => kill('SIGKILL'), graceMs)
      await done
      clearTimeout(killTimer)
    },
    kill9: async () => {
      kill('SIGKILL')
      await done
    },
  }
}

// A shell per child: it reads from a pipe that closes when this process ends.
function startWatchdog(pid: number): () => void {
  const script = 'read -r word; [ "$word" = ended ] || kill -9 "$1" 2>/dev/null'
  const watchdog = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.on('error', () => {})
  watchdog.stdin.on('error', () => {})
  watchdog.unref()
  if ('unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function')
    watchdog.stdin.unref()
  return () => {
    watchdog.stdin.end('ended\n')
  }
}
