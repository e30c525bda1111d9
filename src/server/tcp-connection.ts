// One TCP connection: frames of two length bytes and a message (RFC 1035 section 4.2.2), split anywhere and
// pipelined; answered one after the other in the order they came, as CoreDNS does.
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { MESSAGE_MAX_SIZE } from '../dns/codes.ts'
import type { Client } from './packet-path.ts'
import { MISS } from './packet-path.ts'
import { plainAddress, type Service } from './udp.ts'

/** Replies that a slow reader may leave in memory before its connection is no longer read, in bytes. */
const MAX_UNSENT_BYTES = 256 * 1024
const PREFIX_SIZE = 2
const NOTHING = Buffer.alloc(0)

export interface ConnectionOptions {
  /** The service at the time of each query: it changes with a reload. */
  readonly service: () => Service
  /** Milliseconds, for deadlines. */
  readonly now: () => number
  readonly firstReadMs: number
  readonly idleMs: number
  readonly onPanic: () => void
}

export class TcpConnection {
  /** When the connection is closed unless a whole query arrives, or a reply is taken, before. */
  deadline: number
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #client: Client
  readonly #output: Uint8Array
  #pending: Buffer = NOTHING
  #busy = false
  #ended = false
  #stopping: (() => void) | undefined

  /** `output` is scratch space that connections of one thread share. */
  constructor(socket: Socket, output: Uint8Array, options: ConnectionOptions) {
    this.#socket = socket
    this.#output = output
    this.#options = options
    this.deadline = options.now() + options.firstReadMs
    this.#client = {
      protocol: 'tcp',
      remoteAddress: plainAddress(socket.remoteAddress ?? ''),
      remotePort: socket.remotePort ?? 0,
      localAddress: plainAddress(socket.localAddress ?? ''),
      localPort: socket.localPort ?? 0,
    }
    socket.on('data', (chunk: Buffer) => {
      this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
      this.#work()
    })
    socket.on('end', () => {
      this.#ended = true
      this.#work()
    })
    socket.on('drain', () => {
      this.#extend()
      this.#work()
    })
    // The close event follows; there is nobody to tell.
    socket.on('error', () => {})
  }

  /** True while no query is being answered and no reply waits to be read. */
  get isIdle(): boolean {
    return !this.#busy && this.#socket.writableLength === 0
  }

  /** Answers what has arrived in full, then closes. */
  stop(): Promise<void> {
    return new Promise((done) => {
      this.#socket.once('close', () => done())
      this.#stopping = () => this.#socket.end()
      if (this.#socket.closed) done()
      this.#work()
    })
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Answers whole frames until there is none, one must wait for the chain, or the reader is too slow. */
  #work(): void {
    while (!this.#busy) {
      if (this.#socket.writableLength > MAX_UNSENT_BYTES) {
        this.#socket.pause()
        return
      }
      const request = this.#nextFrame()
      if (request === undefined) break
      this.#extend()
      this.#answer(request)
    }
    if (this.#busy) {
      // What comes in the meantime waits in the kernel's buffer, not in ours.
      this.#socket.pause()
      return
    }
    if (this.#socket.isPaused()) this.#socket.resume()
    if (this.#ended || this.#stopping !== undefined) this.#socket.end()
  }

  #nextFrame(): Buffer | undefined {
    const pending = this.#pending
    if (pending.length < PREFIX_SIZE) return undefined
    const end = PREFIX_SIZE + pending.readUInt16BE(0)
    if (pending.length < end) return undefined
    this.#pending = end === pending.length ? NOTHING : pending.subarray(end)
    return pending.subarray(PREFIX_SIZE, end)
  }

  #answer(request: Buffer): void {
    const startedAt = performance.now()
    const service = this.#options.service()
    const { path } = service
    let length: number
    try {
      path.enter()
      length = path.answer(request, 0, request.length, this.#output, PREFIX_SIZE, MESSAGE_MAX_SIZE)
      path.leave()
    } catch {
      path.leave()
      this.#options.onPanic()
      this.destroy()
      return
    }
    if (length === MISS) {
      const { zone } = path
      this.#busy = true
      void path.resolve(Uint8Array.from(request), this.#client).then((reply) => {
        this.#busy = false
        this.#send(reply)
        this.#observe(service, zone, request, reply, startedAt)
        this.#work()
      })
      return
    }
    if (length === 0) return
    const reply = Uint8Array.from(this.#output.subarray(PREFIX_SIZE, PREFIX_SIZE + length))
    const { zone } = path
    this.#send(reply)
    this.#observe(service, zone, request, reply, startedAt)
  }

  #send(reply: Uint8Array): void {
    if (!this.#socket.writable) return
    const frame = Buffer.allocUnsafe(PREFIX_SIZE + reply.length)
    frame.writeUInt16BE(reply.length, 0)
    frame.set(reply, PREFIX_SIZE)
    this.#socket.write(frame)
  }

  #observe(
    { observe }: Service,
    zone: number,
    request: Uint8Array,
    reply: Uint8Array,
    startedAt: number,
  ): void {
    const { remoteAddress, remotePort } = this.#client
    observe?.(
      zone,
      request,
      reply,
      reply.length,
      { address: remoteAddress, port: remotePort },
      startedAt,
    )
  }

  #extend(): void {
    this.deadline = this.#options.now() + this.#options.idleMs
  }
}
