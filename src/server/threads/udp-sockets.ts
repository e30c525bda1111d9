// The UDP sockets of the packet threads as the control thread keeps them: an address that stays keeps its
// sockets whatever happens to threads and plans, since closing one loses what the kernel has queued on it.
import { closeSync } from 'node:fs'
import { hostPort } from '../../config.ts'
import { createSharedSocket, SharedSocket } from '../mmsg/shared-socket.ts'
import type { SocketPlan } from '../shared/messages.ts'
import type { ListenerPlan } from '../shared/plan.ts'

interface OwnedSocket {
  readonly id: number
  readonly buffer: SharedArrayBuffer
  readonly shared: SharedSocket
}

/** The sockets of one plan. */
export interface SocketSet {
  readonly all: readonly SocketPlan[]
  /** Those that packet thread `index` of `threads` reads. */
  of(thread: number, threads: number): readonly SocketPlan[]
  readonly owned: ReadonlyMap<string, readonly OwnedSocket[]>
}

/** How often a socket that is to be closed is looked at, in milliseconds. */
const CHECK_MS = 10

export class UdpSockets {
  #current: ReadonlyMap<string, readonly OwnedSocket[]> = new Map()
  #nextId = 0

  /** The sockets for listeners: those that there are, and new ones, which a packet thread opens. */
  next(listeners: readonly ListenerPlan[]): SocketSet {
    const owned = new Map<string, readonly OwnedSocket[]>()
    const all: SocketPlan[] = []
    const indexes: number[] = []
    for (const [listener, { group }] of listeners.entries()) {
      const key = hostPort(group.address, group.port)
      const kept = this.#current.get(key) ?? []
      // Never fewer: the threads that are left read the sockets of those that go.
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

  /** The plan is in force: what it does not have is closed once its queries are answered, or after `graceMs`. */
  commit({ owned }: SocketSet, graceMs: number): void {
    const unused = without(this.#current, owned)
    this.#current = owned
    for (const socket of unused) void closeWhenDone(socket, graceMs)
  }

  /** The plan is not in force: what was opened for it is closed. */
  drop({ owned }: SocketSet): void {
    for (const { shared } of without(owned, this.#current)) close(shared)
  }

  /** Closes all; no thread may read any more. */
  closeAll(): void {
    for (const sockets of this.#current.values()) for (const { shared } of sockets) close(shared)
    this.#current = new Map()
  }

  #create(): OwnedSocket {
    const buffer = createSharedSocket()
    return { id: this.#nextId++, buffer, shared: new SharedSocket(buffer) }
  }
}

function without(
  sockets: ReadonlyMap<string, readonly OwnedSocket[]>,
  others: ReadonlyMap<string, readonly OwnedSocket[]>,
): OwnedSocket[] {
  const kept = new Set([...others.values()].flat())
  return [...sockets.values()].flat().filter((socket) => !kept.has(socket))
}

async function closeWhenDone({ shared }: OwnedSocket, graceMs: number): Promise<void> {
  for (let waited = 0; shared.pending > 0 && waited < graceMs; waited += CHECK_MS) {
    await new Promise((done) => setTimeout(done, CHECK_MS).unref())
  }
  close(shared)
}

function close(shared: SharedSocket): void {
  const { fd } = shared
  if (fd < 0) return
  // First out of sight, so that no thread sends on a number that is another file's by then.
  shared.fd = -1
  closeSync(fd)
}
