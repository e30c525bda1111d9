// An event-loop thread: its sockets, and the plan that it serves. Loads no npm package.
import { parentPort, workerData } from 'node:worker_threads'
import { hostPort } from '../config.ts'
import { SERVFAIL } from '../dns/codes.ts'
import { Request } from '../dns/request.ts'
import { createErrorsLog } from '../plugins/errors-log.ts'
import { TableReader } from '../zone/table-reader.ts'
import { createPacketPath } from './answer.ts'
import { createLineBuffer } from './line-buffer.ts'
import { createObserver } from './observer.ts'
import type { FromWorker, ListenerPlan, ServerPlan, ToWorker, WorkerData } from './plan.ts'
import { listenError } from './probe.ts'
import { listenTcp, type TcpListener } from './tcp.ts'
import { listenUdp, type Service, type UdpListener } from './udp.ts'

interface Sockets {
  readonly udp: UdpListener
  readonly tcp: TcpListener
}

interface Services {
  readonly udp: Service
  readonly tcp: Service
}

/** How long connections and waiting queries of an address that is no longer served may take. */
const RETIRED_GRACE_MS = 5000

const data = workerData as WorkerData
const port = parentPort!
const queryCounters = new Float64Array(data.queryCounters)
const threadCounters = new Int32Array(data.threadCounters)
const post = (message: FromWorker): void => port.postMessage(message)
const writeLine = createLineBuffer(threadCounters, (text) => post({ type: 'log', text }))

let open = new Map<string, Sockets>()
let readers = new Map<string, TableReader>()

function errorReporter(listener: ListenerPlan, plan: ServerPlan) {
  const later = (task: () => void, ms: number) => void setTimeout(task, ms).unref()
  const logs = listener.group.zones.map(({ block }) => {
    const config = plan.blocks[block]?.handlers.find(({ plugin }) => plugin === 'errors')
    return config?.plugin === 'errors' ? createErrorsLog(config, { writeLine, later }) : undefined
  })
  const parsed = new Request()
  return (zone: number, wire: Uint8Array, error: string): void => {
    parsed.parse(wire, 0, wire.length)
    logs[zone]?.(parsed, SERVFAIL, error)
  }
}

function servicesFor(
  listener: ListenerPlan,
  plan: ServerPlan,
  tables: ReadonlyMap<string, TableReader>,
): Services {
  const { group, localAddresses } = listener
  const { blocks } = plan
  const report = errorReporter(listener, plan)
  const service = (protocol: 'udp' | 'tcp'): Service => ({
    path: createPacketPath({ group, blocks, tables, protocol, localAddresses, report }),
    observer: createObserver({ listener, blocks, protocol, counters: queryCounters, writeLine }),
  })
  return { udp: service('udp'), tcp: service('tcp') }
}

async function openSockets({ group }: ListenerPlan, services: Services): Promise<Sockets> {
  const options = { address: group.address, port: group.port, threadCounters }
  const udp = await listenUdp(options, services.udp).catch((error: unknown) => {
    throw listenError('udp', group.address, group.port, error)
  })
  try {
    return { udp, tcp: await listenTcp(options, services.tcp) }
  } catch (error) {
    await udp.close(0)
    throw listenError('tcp', group.address, group.port, error)
  }
}

function close(sockets: Sockets, graceMs: number): Promise<unknown> {
  return Promise.all([sockets.udp.close(graceMs), sockets.tcp.close(graceMs)])
}

/** Serves a plan: new addresses are opened first; only when all are there does anything else change. */
async function serve(plan: ServerPlan): Promise<void> {
  const tables = new Map(
    Object.entries(plan.tables).map(([key, handle]) => [
      key,
      readers.get(key) ?? new TableReader(handle, data.thread),
    ]),
  )
  const mine = plan.listeners.filter(({ group }) => group.sockets > data.thread)
  const next = new Map<string, { sockets: Sockets; services: Services }>()
  const opened: Sockets[] = []
  try {
    for (const listener of mine) {
      const key = hostPort(listener.group.address, listener.group.port)
      const services = servicesFor(listener, plan, tables)
      const kept = open.get(key)
      const sockets = kept ?? (await openSockets(listener, services))
      if (kept === undefined) opened.push(sockets)
      next.set(key, { sockets, services })
    }
  } catch (error) {
    await Promise.all(opened.map((sockets) => close(sockets, 0)))
    throw error
  }
  for (const { sockets, services } of next.values()) {
    sockets.udp.serve(services.udp)
    sockets.tcp.serve(services.tcp)
  }
  const retired = [...open].filter(([key]) => !next.has(key)).map(([, sockets]) => sockets)
  open = new Map([...next].map(([key, { sockets }]) => [key, sockets]))
  readers = tables
  for (const sockets of retired) void close(sockets, RETIRED_GRACE_MS)
}

async function stop(graceMs: number): Promise<void> {
  await Promise.all([...open.values()].map((sockets) => close(sockets, graceMs)))
  post({ type: 'stopped' })
}

// One plan after the other: a plan must see the sockets of the one before.
let last: Promise<void> = Promise.resolve()

port.on('message', (message: ToWorker) => {
  if (message.type === 'stop') {
    void last.then(() => stop(message.graceMs))
    return
  }
  const { id, plan } = message
  last = last
    .then(() => serve(plan))
    .then(
      () => post({ type: 'planned', id }),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error)
        post({ type: 'failed', id, message: text })
      },
    )
})
