// A packet thread: runs the self-test, then the packet loop until it is stopped. Loads no npm package.
import { parentPort, workerData } from 'node:worker_threads'
import { hostPort } from '../../config.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { errorText } from '../../errors.ts'
import { listenError } from '../../listen-error.ts'
import { openEventfd } from '../../udp/eventfd.ts'
import { type Libc, openLibc } from '../../udp/libc.ts'
import { selfTest } from '../../udp/self-test.ts'
import { isWildcard, openUdpSocket } from '../../udp/socket.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { type LoopSocket, PacketLoop } from '../mmsg/packet-loop.ts'
import { SharedSocket } from '../mmsg/shared-socket.ts'
import { slowPathNotifier } from '../mmsg/slow-path-signal.ts'
import { UpstreamSignal } from '../mmsg/upstream-signal.ts'
import { countersOf, createPipeline, readersOf } from '../path/pipeline.ts'
import { THREAD_WAKE } from '../shared/counters.ts'
import type { FromWorker, PlanMessage, SocketPlan, WorkerData } from '../shared/messages.ts'
import { createOutbox } from '../shared/outbox.ts'
import { collectGarbage } from './garbage.ts'
import { runRounds } from './rounds.ts'

const data = workerData as WorkerData
const port = parentPort!
const threadCounters = new Int32Array(data.threadCounters)
const notifySlowPath = slowPathNotifier(data.slowPathSignal)
const post = (message: FromWorker): void => port.postMessage(message)
const outbox = createOutbox(threadCounters, (plugin, text) => post({ type: 'lines', plugin, text }))

let readers: ReadonlyMap<string, TableReader> = new Map()

/** Returns the sockets of a plan and opens those that are not open. On an error, closes the sockets that it opened. */
function socketsOf(
  libc: Libc,
  message: PlanMessage,
  refresh: (listener: number, exchange: Exchange) => void,
): LoopSocket[] {
  const { plan } = message
  const tables = readersOf(plan, data.thread, readers)
  const counters = countersOf(message.counters)
  const { logFormat } = data
  const hasUpstreamThread = plan.blocks.some(({ settings }) => settings.asksUpstreams)
  const shared = { plan, tables, counters, threadCounters, outbox, logFormat }
  const options = { ...shared, thread: data.thread, refresh, hasUpstreamThread }
  const opened: SharedSocket[] = []
  const open = ({ listener: index, shared: buffer }: SocketPlan): LoopSocket => {
    const { address, port: portNumber } = plan.listeners[index]!.group
    const shared = new SharedSocket(buffer)
    if (shared.fd < 0) {
      try {
        openUdpSocket(libc, address, portNumber, (fd) => {
          shared.fd = fd
        })
      } catch (error) {
        throw listenError('udp', hostPort(address, portNumber), error)
      }
      opened.push(shared)
    }
    shared.chain.inherit()
    shared.upstream.inherit()
    const pipeline = createPipeline(index, 'udp', options)
    const wildcard = isWildcard(address)
    return { ...pipeline, shared, fd: shared.fd, wildcard, hasUpstreamThread }
  }
  try {
    const sockets = message.sockets.map(open)
    readers = tables
    return sockets
  } catch (error) {
    for (const shared of opened) {
      const { fd } = shared
      shared.fd = -1
      libc.close(fd)
    }
    throw error
  }
}

function run(libc: Libc): void {
  const wake = openEventfd(libc)
  Atomics.store(threadCounters, THREAD_WAKE, wake + 1)
  const signal = new UpstreamSignal(libc, data.upstreamSignal)
  const notifyUpstream = () => signal.wake()
  const flushLines = outbox.flush
  const loop = new PacketLoop({
    libc,
    wake,
    threadCounters,
    flushLines,
    notifySlowPath,
    notifyUpstream,
  })
  const refresh = (_listener: number, exchange: Exchange) => loop.requestRefresh(exchange)
  collectGarbage()
  post({ type: 'started', wake })
  runRounds(port, threadCounters, {
    step: () => {
      if (!loop.answerBatches()) loop.sleep()
    },
    serve: (message) => loop.serve(socketsOf(libc, message, refresh)),
    stop: () => {
      loop.drain()
      loop.free()
    },
  })
}

let libc: Libc | undefined
try {
  libc = openLibc(new BigInt64Array(data.heldMemory))
  selfTest(libc)
} catch (error) {
  libc = undefined
  post({
    type: 'unsupported',
    reason: errorText(error),
  })
}
if (libc !== undefined) run(libc)
