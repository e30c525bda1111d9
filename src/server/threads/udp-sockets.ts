// The control thread owns the UDP sockets of the packet threads. While an address is served, its sockets stay open
// across thread crashes and reloads, because closing a socket loses the datagrams in its queue. Beside the first UDP
// socket of an address is its listening TCP socket, which the event-loop thread opens and closes, unless it crashes.
import { closeSync } from 'node:fs'
import { hostPort } from '../../config.ts'
import { KeptListener } from '../mmsg/kept-listener.ts'
import { createSharedSocket, SharedSocket } from '../mmsg/shared-socket.ts'
import type { SocketPlan } from '../shared/messages.ts'
import type { ListenerPlan } from '../shared/plan.ts'

/** A socket with the control thread's view of it. */
interface OwnedSocket {
  readonly id: number
  readonly buffer: SharedArrayBuffer
  readonly shared: SharedSocket
  readonly listener: KeptListener
}

/** The sockets of one plan. */
export interface SocketSet {
  readonly all: readonly SocketPlan[]
  /** The sockets that packet thread `thread` (from 0) of `threads` reads. */
  of(thread: number, threads: number): readonly SocketPlan[]
  /** By "HOST:PORT". */
  readonly owned: ReadonlyMap<string, readonly OwnedSocket[]>
}

/** How often an unused socket is checked for pending queries before it is closed, in milliseconds. */
const CHECK_MS = 10
/** A send ends within 100 ms (`SO_SNDTIMEO`); a thread that takes this long, in milliseconds, has ended within one. */
const IN_USE_MS = 1000

/** Keeps the sockets of the plan in force. */
export class UdpSockets {
  #current: ReadonlyMap<string, readonly OwnedSocket[]> = new Map()
  #nextId = 0

  /** Returns the sockets for a plan's listeners: existing sockets, and new ones, which a packet thread opens. */
  next(listeners: readonly ListenerPlan[]): SocketSet {
    const owned = new Map<string, readonly OwnedSocket[]>()
    const all: SocketPlan[] = []
    const indexes: number[] = []
    for (const [listener, { group }] of listeners.entries()) {
      const key = hostPort(group.address, group.port)
      const kept = this.#current.get(key) ?? []
      // Never fewer: the remaining threads read the sockets of surplus threads.
      const missing = Math.max(0, group.sockets - kept.length)
      const sockets = [...kept, ...Array.from({ length: missing }, () => this.#create())]
      owned.set(key, sockets)
      for (const [index, { id, buffer }] of sockets.entries()) {
        all.push({ id, listener, shared: buffer })
        indexes.push(index)
      }
    }
    const of = (thread: number, threads: number) =>
      all.filter((_socket, i) => indexes[i]! % threads === thread)
    return { all, of, owned }
  }

  /** The plan is in force: closes unused sockets when their queries are answered, after `graceMs` at the latest. */
  commit({ owned }: SocketSet, graceMs: number): void {
    const unused = without(this.#current, owned)
    this.#current = owned
    for (const socket of unused) void closeWhenDone(socket, graceMs)
  }

  /** The plan was refused: closes the sockets that were opened for it. */
  drop({ owned }: SocketSet): void {
    for (const socket of without(owned, this.#current)) void closeWhenDone(socket, 0)
  }

  /** Closes all sockets; all threads must have ended. */
  closeAll(): void {
    for (const sockets of this.#current.values()) for (const socket of sockets) close(socket)
    this.#current = new Map()
  }

  #create(): OwnedSocket {
    const buffer = createSharedSocket()
    const views = { shared: new SharedSocket(buffer), listener: new KeptListener(buffer) }
    return { id: this.#nextId++, buffer, ...views }
  }
}

function without(
  sockets: ReadonlyMap<string, readonly OwnedSocket[]>,
  others: ReadonlyMap<string, readonly OwnedSocket[]>,
): OwnedSocket[] {
  const kept = new Set([...others.values()].flat())
  return [...sockets.values()].flat().filter((socket) => !kept.has(socket))
}

async function closeWhenDone({ shared, listener }: OwnedSocket, graceMs: number): Promise<void> {
  closeListener(listener)
  for (let waited = 0; shared.pending > 0 && waited < graceMs; waited += CHECK_MS) await nextCheck()
  const { fd } = shared
  if (fd < 0) return
  // No send begins from now on. One that has begun has the number, which after the close may belong to another file.
  shared.fd = -1
  for (let waited = 0; shared.inUse && waited < IN_USE_MS; waited += CHECK_MS) await nextCheck()
  closeSync(fd)
}

function nextCheck(): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, CHECK_MS).unref()
  })
}

function close({ shared, listener }: OwnedSocket): void {
  closeListener(listener)
  const { fd } = shared
  if (fd < 0) return
  shared.fd = -1
  closeSync(fd)
}

function closeListener(listener: KeptListener): void {
  const fd = listener.release()
  if (fd >= 0) closeSync(fd)
}
