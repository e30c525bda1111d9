// An event-loop thread. It serves TCP and the misses of the packet threads; without packet threads, it serves UDP too.
// Loads no npm package.
import { performance } from 'node:perf_hooks'
import { parentPort, workerData } from 'node:worker_threads'
import { hostPort } from '../../config.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { errorText } from '../../errors.ts'
import { listenError } from '../../listen-error.ts'
import { formatLine } from '../../log.ts'
import { openLibc } from '../../udp/libc.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { KeptListener } from '../mmsg/kept-listener.ts'
import { followSockets, SharedSocket } from '../mmsg/shared-socket.ts'
import { SlowPath, type SlowPathSocket } from '../mmsg/slow-path.ts'
import { countersOf, createPipeline, type QueryPipeline, readersOf } from '../path/pipeline.ts'
import type {
  FromWorker,
  PlanMessage,
  SocketPlan,
  ToWorker,
  WorkerData,
} from '../shared/messages.ts'
import { createOutbox } from '../shared/outbox.ts'
import type { ListenerPlan } from '../shared/plan.ts'
import { listenUdp, type UdpListener } from '../transport/dgram.ts'
import { listenTcp, type TcpListener } from '../transport/tcp.ts'
import { createTcpLimits } from '../transport/tcp-limits.ts'
import { runBehindPacketThreads } from './priority.ts'

/** The open sockets of one listener. */
interface Sockets {
  /** Undefined if packet threads serve UDP. */
  readonly udp: UdpListener | undefined
  readonly tcp: TcpListener
}

/** The pipelines of one listener. */
interface Pipelines {
  readonly udp: QueryPipeline
  readonly tcp: QueryPipeline
}

/** The time for connections and pending queries of an address that is no longer served, in milliseconds. */
const RETIRED_GRACE_MS = 5000

const data = workerData as WorkerData
const port = parentPort!
const threadCounters = new Int32Array(data.threadCounters)
const post = (message: FromWorker): void => port.postMessage(message)
const outbox = createOutbox(
  threadCounters,
  (plugin, text) => post({ type: 'lines', plugin, text }),
  (flush, ms) => void setTimeout(flush, ms),
)
const inBatches = data.transport === 'mmsg'
if (inBatches) runBehindPacketThreads()
const libc = inBatches ? openLibc(new BigInt64Array(data.heldMemory)) : undefined
const slowPath = libc && new SlowPath(libc, new Int32Array(data.slowPathSignal), threadCounters)

const tcpLimits = createTcpLimits({
  threadCounters,
  writeLog: (record) => outbox.writeLine(formatLine(data.logFormat, record, Date.now())),
  now: () => performance.now(),
})

let open = new Map<string, Sockets>()
let readers: ReadonlyMap<string, TableReader> = new Map()
/** The shared sockets whose queues this thread reads, by `SocketPlan.id`. */
let queues: ReadonlyMap<number, SharedSocket> = new Map()

/** `shared` is a UDP socket of the listener; undefined without packet threads. */
async function openSockets(
  { group }: ListenerPlan,
  pipelines: Pipelines,
  shared: SocketPlan | undefined,
): Promise<Sockets> {
  const { address, port: portNumber } = group
  const options = { address, port: portNumber, threadCounters }
  const kept = shared && new KeptListener(shared.shared)
  let udp: UdpListener | undefined
  if (!inBatches) {
    udp = await listenUdp(options, pipelines.udp).catch((error: unknown) => {
      throw listenError('udp', hostPort(address, portNumber), error)
    })
  }
  try {
    const tcp = await listenTcp({ ...options, limits: tcpLimits, libc, kept }, pipelines.tcp)
    return { udp, tcp }
  } catch (error) {
    await udp?.close(0)
    throw listenError('tcp', hostPort(address, portNumber), error)
  }
}

function close(sockets: Sockets, graceMs: number): Promise<unknown> {
  return Promise.all([sockets.udp?.close(graceMs), sockets.tcp.close(graceMs)])
}

function queueOf({ shared }: SocketPlan): SharedSocket {
  const queue = new SharedSocket(shared)
  queue.chain.resume()
  queue.retry.resume()
  return queue
}

/** Serves a plan. It opens new addresses first, and changes nothing else until all of them are open. */
async function serve({ plan, sockets: shared, counters }: PlanMessage): Promise<void> {
  const tables = readersOf(plan, data.thread, readers)
  const { logFormat } = data
  const refresh = (listener: number, { input, inOffset, inLength }: Exchange): void => {
    const { path, recover } = pipelines[listener]!.udp
    path.refresh(input.slice(inOffset, inOffset + inLength)).catch(recover)
  }
  const options = {
    plan,
    tables,
    counters: countersOf(counters),
    threadCounters,
    outbox,
    logFormat,
    refresh,
    hasUpstreamThread: false,
    thread: data.thread,
  }
  const pipelines = plan.listeners.map((_listener, index) => ({
    udp: createPipeline(index, 'udp', options),
    tcp: createPipeline(index, 'tcp', options),
  }))
  const next = new Map<string, { sockets: Sockets; pipelines: Pipelines }>()
  const opened: Sockets[] = []
  try {
    for (const [index, listener] of plan.listeners.entries()) {
      const { group } = listener
      if (!inBatches && group.sockets <= data.thread) continue
      const key = hostPort(group.address, group.port)
      const kept = open.get(key)
      const first = shared.find((socket) => socket.listener === index)
      const sockets = kept ?? (await openSockets(listener, pipelines[index]!, first))
      if (kept === undefined) opened.push(sockets)
      next.set(key, { sockets, pipelines: pipelines[index]! })
    }
  } catch (error) {
    await Promise.all(opened.map((sockets) => close(sockets, 0)))
    throw error
  }
  for (const { sockets, pipelines: served } of next.values()) {
    sockets.udp?.serve(served.udp)
    sockets.tcp.serve(served.tcp)
  }
  queues = followSockets(queues, shared, queueOf)
  slowPath?.serve(
    shared.map(({ id, listener }): SlowPathSocket => {
      const { address, port: localPort } = plan.listeners[listener]!.group
      const queue = queues.get(id)!
      return { ...pipelines[listener]!.udp, shared: queue, localAddress: address, localPort }
    }),
  )
  const retired = [...open].filter(([key]) => !next.has(key)).map(([, sockets]) => sockets)
  open = new Map([...next].map(([key, { sockets }]) => [key, sockets]))
  readers = tables
  for (const sockets of retired) void close(sockets, RETIRED_GRACE_MS)
}

async function stop(graceMs: number): Promise<void> {
  await Promise.all([
    slowPath?.stop(graceMs),
    ...[...open.values()].map((sockets) => close(sockets, graceMs)),
  ])
  outbox.flush()
  post({ type: 'stopped' })
}

// One plan at a time: each plan reuses the sockets of the previous one.
let lastPlan: Promise<void> = Promise.resolve()

port.on('message', (message: ToWorker) => {
  if (message.type === 'stop') {
    void lastPlan.then(() => stop(message.graceMs))
    return
  }
  if (message.type === 'trim') {
    libc?.trim()
    return
  }
  const { id } = message
  lastPlan = lastPlan
    .then(() => serve(message))
    .then(
      () => post({ type: 'planned', id }),
      (error: unknown) => {
        post({ type: 'failed', id, message: errorText(error) })
      },
    )
})
