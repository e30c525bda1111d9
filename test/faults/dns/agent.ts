// Preloaded into a real server process (NODE_OPTIONS=--import): it harms the process from within, on command. It kills
// answering threads, stalls the control thread and moves the wall clock of all threads. The program itself is unchanged.
//
// A command is a line of JSON on the Unix socket FAULT_SOCKET, and so is the reply; see `agent-client.ts`.
import { createServer } from 'node:net'
import { basename } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import {
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  Worker,
  type WorkerOptions,
} from 'node:worker_threads'

/** What the test can order. */
export type Command =
  /** Ends the threads of a kind, as a crash does; the reply has their number, and comes when they are replaced. */
  | { readonly do: 'kill'; readonly kind: ThreadKind }
  /** The same, but the reply comes at once: the next command may end threads that have just started. */
  | { readonly do: 'interrupt'; readonly kind: ThreadKind }
  /** Blocks the control thread for so many milliseconds. */
  | { readonly do: 'stall'; readonly ms: number }
  /** Moves the wall clock by so many milliseconds from its true time. */
  | { readonly do: 'clock'; readonly ms: number }

export type ThreadKind = 'packet' | 'event' | 'upstream'

const CLOCK = 'fault-clock'
const { now: realNow } = Date
const RealDate = Date

const { FAULT_SOCKET: path } = process.env
// Child processes of the program are left alone.
delete process.env.FAULT_SOCKET
if (isMainThread && path !== undefined) {
  const clock = new SharedArrayBuffer(8)
  setEnvironmentData(CLOCK, clock)
  moveClock(new Float64Array(clock))
  obey(path, new Float64Array(clock))
} else if (!isMainThread) {
  const clock = getEnvironmentData(CLOCK)
  if (clock instanceof SharedArrayBuffer) moveClock(new Float64Array(clock))
}

/** `Date` and `performance.timeOrigin` of this thread follow the moved clock, as they follow CLOCK_REALTIME. */
function moveClock(offsetMs: Float64Array): void {
  const now = () => realNow() + offsetMs[0]!
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  })
  // Node reads the wall clock once for it, when the thread starts.
  const origin = performance.timeOrigin + offsetMs[0]!
  Object.defineProperty(performance, 'timeOrigin', { get: () => origin })
}

interface Thread {
  readonly kind: string
  readonly worker: Worker
  /** True when it has taken over a plan. */
  serves: boolean
}

/** The running workers; those that the program starts are preloaded, too. `onChange` follows their changes. */
function watchWorkers(onChange: () => void): ReadonlySet<Thread> {
  const running = new Set<Thread>()
  const threads = process.getBuiltinModule('node:worker_threads')
  threads.Worker = class extends Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const preload = ['--import', import.meta.url]
      super(file, { ...options, execArgv: [...(options.execArgv ?? []), ...preload] })
      const kind = basename(String(file))
        .replace(/-worker\..*/, '')
        .replace(/s$/, '')
      const thread: Thread = { kind, worker: this, serves: false }
      running.add(thread)
      this.on('message', ({ type }: { readonly type: string }) => {
        if (type !== 'planned') return
        thread.serves = true
        onChange()
      })
      this.once('exit', () => {
        running.delete(thread)
        onChange()
      })
    }
  }
  process.getBuiltinModule('node:module').syncBuiltinESMExports()
  return running
}

/** Obeys the commands of one connection after the other. */
function obey(path: string, offsetMs: Float64Array): void {
  const waiting = new Set<() => void>()
  const running = watchWorkers(() => {
    for (const check of waiting) check()
  })
  const serving = (kind: string) =>
    [...running].filter((thread) => thread.kind === kind && thread.serves).length
  const perform = async (command: Command): Promise<number> => {
    if (command.do === 'stall') {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, command.ms)
      return 0
    }
    if (command.do === 'clock') {
      offsetMs[0] = command.ms
      return 0
    }
    const killed = [...running].filter(({ kind }) => kind === command.kind)
    for (const thread of killed) {
      thread.serves = false
      void thread.worker.terminate()
    }
    if (command.do === 'interrupt') return killed.length
    await new Promise<void>((resolve) => {
      const check = () => {
        if (serving(command.kind) < killed.length) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
    })
    return killed.length
  }
  const server = createServer((socket) => {
    socket.unref()
    socket.on('error', () => {})
    createInterface({ input: socket }).on('line', (line) => {
      void perform(JSON.parse(line) as Command).then((reply) => socket.write(`${reply}\n`))
    })
  })
  server.listen(path).unref()
}
