// The upstream thread: asks upstream servers for the queries that packet threads hand over, until it is stopped. Loads no
// npm package.
import { performance } from 'node:perf_hooks'
import { parentPort, workerData } from 'node:worker_threads'
import { errorText } from '../../errors.ts'
import { type Libc, openLibc } from '../../udp/libc.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { followSockets, SharedSocket } from '../mmsg/shared-socket.ts'
import { slowPathNotifier } from '../mmsg/slow-path-signal.ts'
import { UpstreamLoop } from '../mmsg/upstream-loop.ts'
import type { UpstreamSocket } from '../mmsg/upstream-queries.ts'
import { UpstreamSignal } from '../mmsg/upstream-signal.ts'
import { countersOf, createUpstreamPipeline, readersOf } from '../path/pipeline.ts'
import type { FromWorker, PlanMessage, SocketPlan, WorkerData } from '../shared/messages.ts'
import { createOutbox } from '../shared/outbox.ts'
import { collectGarbage } from './garbage.ts'
import { runBehindPacketThreads } from './priority.ts'
import { runRounds } from './rounds.ts'

const data = workerData as WorkerData
const port = parentPort!
const threadCounters = new Int32Array(data.threadCounters)
const notifySlowPath = slowPathNotifier(data.slowPathSignal)
const post = (message: FromWorker): void => port.postMessage(message)
const outbox = createOutbox(threadCounters, (plugin, text) => post({ type: 'lines', plugin, text }))
let readers: ReadonlyMap<string, TableReader> = new Map()
/** The shared sockets whose queues this thread reads, by `SocketPlan.id`. */
let queues: ReadonlyMap<number, SharedSocket> = new Map()

function queueOf({ shared }: SocketPlan): SharedSocket {
  const queue = new SharedSocket(shared)
  queue.upstream.resume()
  queue.retry.inherit()
  return queue
}

function serve(loop: UpstreamLoop, { plan, sockets, counters }: PlanMessage): void {
  readers = readersOf(plan, data.thread, readers)
  const options = {
    plan,
    tables: readers,
    counters: countersOf(counters),
    threadCounters,
    outbox,
    logFormat: data.logFormat,
    // Answerers, which refresh, run in packet threads.
    refresh: () => {},
    hasUpstreamThread: false,
    thread: data.thread,
  }
  const pipelines = plan.listeners.map((_listener, i) =>
    createUpstreamPipeline(i, options, loop.host),
  )
  queues = followSockets(queues, sockets, queueOf)
  loop.serve(
    sockets.map(({ id, listener }): UpstreamSocket => {
      return { shared: queues.get(id)!, pipeline: pipelines[listener]! }
    }),
  )
}

/** Answers queries that are queued or wait, for `graceMs` at most. */
function drain(loop: UpstreamLoop, graceMs: number): void {
  const end = performance.now() + graceMs
  do loop.step(1)
  while (loop.pending > 0 && performance.now() < end)
}

function run(libc: Libc): void {
  runBehindPacketThreads()
  const signal = new UpstreamSignal(libc, data.upstreamSignal)
  const flushLines = outbox.flush
  const loop = new UpstreamLoop({ libc, signal, threadCounters, flushLines, notifySlowPath })
  collectGarbage()
  post({ type: 'started', wake: signal.open() })
  runRounds(port, threadCounters, {
    step: () => loop.step(),
    serve: (message) => serve(loop, message),
    stop: (graceMs) => {
      drain(loop, graceMs)
      loop.close()
    },
  })
}

// Packet threads verify the layouts of libc. Without libc they say so, too.
let libc: Libc | undefined
try {
  libc = openLibc(new BigInt64Array(data.heldMemory))
} catch (error) {
  post({ type: 'unsupported', reason: errorText(error) })
}
if (libc !== undefined) run(libc)
