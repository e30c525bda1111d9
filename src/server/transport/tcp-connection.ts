// One TCP connection. A frame is two length bytes and a message (RFC 1035 section 4.2.2). Frames may be split anywhere
// and pipelined; they are answered one after the other, in order, as in CoreDNS.
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { closeAtOnce, type LimitedConnection } from '../../connection-limits.ts'
import { setU16 } from '../../dns/bytes.ts'
import { MESSAGE_MAX_SIZE } from '../../dns/codes.ts'
import { plainAddress } from '../../udp/dual-stack.ts'
import { encodeSockaddr } from '../../udp/sockaddr.ts'
import { MutableObservation } from '../path/observer.ts'
import { type Client, MISS } from '../path/packet-path.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import { writeServfail } from '../path/servfail.ts'

/** With more unsent bytes of replies, the connection is not read and its queries are not answered. */
export const MAX_UNSENT_BYTES = 64 * 1024
/** Bytes of a frame's length. */
const PREFIX_SIZE = 2
/** Bytes of the scratch space for replies: the limit, and one more reply of the largest size. */
export const OUTPUT_BYTES = MAX_UNSENT_BYTES + PREFIX_SIZE + MESSAGE_MAX_SIZE
const EMPTY = Buffer.alloc(0)
// CoreDNS' timeouts until the first query and after each query (core/dnsserver/server.go), in milliseconds.
const FIRST_READ_MS = 3000
const IDLE_MS = 10_000
/** The socket address of a connection that was reset before it was accepted. */
const UNKNOWN_CLIENT = new Uint8Array(0)

interface ConnectionOptions {
  /** The current pipeline, which a reload replaces, with its limits. */
  readonly pipeline: () => QueryPipeline
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number
  /** Called when `heldBytes` has grown. */
  readonly onHold: (connection: TcpConnection) => void
}

/** Answers the queries of one connection. */
export class TcpConnection implements LimitedConnection {
  /** The time (`now`) at which the connection times out. Each complete query and each drain of replies extends it. */
  deadline: number
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #client: Client
  readonly #clientName: Uint8Array
  readonly #observation: MutableObservation
  readonly #output: Uint8Array
  #input: Buffer = EMPTY
  #busy = false
  #ended = false
  #toldBytes = 0
  #stopping = false
  #queries = 0
  /** Writes whose bytes the kernel has not taken yet, with a limit for each. */
  #unsentWrites = 0
  #writeDeadline = 0

  /** `output` is scratch space of OUTPUT_BYTES bytes that all connections of a listener share. */
  constructor(socket: Socket, output: Uint8Array, options: ConnectionOptions) {
    this.#socket = socket
    this.#output = output
    this.#options = options
    this.deadline = options.now() + (options.pipeline().tcp?.readMs ?? FIRST_READ_MS)
    this.#client = {
      protocol: 'tcp',
      remoteAddress: plainAddress(socket.remoteAddress ?? ''),
      remotePort: socket.remotePort ?? 0,
      localAddress: plainAddress(socket.localAddress ?? ''),
      localPort: socket.localPort ?? 0,
    }
    const { remoteAddress: address, remotePort: port } = this.#client
    this.#observation = new MutableObservation(options.pipeline().path.request, true)
    this.#observation.peer = { address, port }
    this.#clientName = encodeSockaddr(address, port) ?? UNKNOWN_CLIENT
    this.#observation.isIpv6 = address.includes(':')
    socket.on('data', (chunk: Buffer) => {
      if (this.#isUsedUp) return
      this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk])
      this.#processInput()
    })
    socket.on('end', () => {
      this.#ended = true
      this.#processInput()
    })
    socket.on('drain', () => {
      this.#extendDeadline()
      this.#processInput()
    })
    // The close event follows.
    socket.on('error', () => {})
  }

  get remoteAddress(): string {
    return this.#client.remoteAddress
  }

  /** True if no query is being answered and all replies are sent. */
  get isIdle(): boolean {
    return !this.#busy && this.#socket.writableLength === 0
  }

  /** Answers the complete queries that have arrived, then closes. */
  stop(): void {
    this.#stopping = true
    this.#processInput()
  }

  /** Unsent replies, and queries that are not answered yet. */
  get heldBytes(): number {
    return this.#socket.writableLength + this.#input.length
  }

  /** True if the client has taken too long at `now`: to send a query, or to take a reply. */
  isOverdue(now: number): boolean {
    return now >= (this.#unsentWrites > 0 ? this.#writeDeadline : this.deadline)
  }

  destroy(): void {
    closeAtOnce(this.#socket)
  }

  /** Answers complete frames until none is left, a query waits for the chain, or too many bytes are unsent. */
  #processInput(): void {
    while (!this.#busy && !this.#isFull && this.#answerFrames()) this.#extendDeadline()
    if (this.#isUsedUp) this.#input = EMPTY
    this.#keepOnlyRest()
    this.#tellHeld()
    if (this.#busy || this.#isFull) {
      // Further input stays in the kernel's buffer.
      this.#socket.pause()
      return
    }
    if (this.#socket.isPaused()) this.#socket.resume()
    if (this.#ended || this.#stopping || this.#isUsedUp) this.#socket.end()
  }

  /** True when the connection has had all its queries. */
  get #isUsedUp(): boolean {
    return this.#queries >= (this.#options.pipeline().tcp?.maxQueries ?? Number.POSITIVE_INFINITY)
  }

  get #isFull(): boolean {
    return this.#socket.writableLength > MAX_UNSENT_BYTES
  }

  /** Copies input that is a small part of the chunk it arrived in, so that the rest of the chunk is freed. */
  #keepOnlyRest(): void {
    const input = this.#input
    if (input.length === 0 || 2 * input.length >= input.buffer.byteLength) return
    this.#input = Buffer.allocUnsafeSlow(input.length)
    input.copy(this.#input)
  }

  #tellHeld(): void {
    const bytes = this.heldBytes
    if (bytes > this.#toldBytes) this.#options.onHold(this)
    this.#toldBytes = bytes
  }

  /**
   * Answers frames until the unsent replies are over the limit, a frame is incomplete, or a query waits for the chain.
   * Sends the replies in one write. False if there was no complete frame.
   */
  #answerFrames(): boolean {
    const output = this.#output
    const last = MAX_UNSENT_BYTES - this.#socket.writableLength
    let used = 0
    let request = this.#nextFrame()
    const hasFrame = request !== undefined
    while (request !== undefined) {
      const length = this.#answer(request, used + PREFIX_SIZE)
      if (length > 0) {
        setU16(output, used, length)
        used += PREFIX_SIZE + length
      }
      if (this.#busy || used > last) break
      request = this.#nextFrame()
    }
    if (used > 0) this.#write(Uint8Array.from(output.subarray(0, used)))
    return hasFrame
  }

  #nextFrame(): Buffer | undefined {
    const input = this.#input
    if (input.length < PREFIX_SIZE || this.#isUsedUp) return undefined
    const end = PREFIX_SIZE + input.readUInt16BE(0)
    if (input.length < end) return undefined
    this.#input = end === input.length ? EMPTY : input.subarray(end)
    this.#queries++
    return input.subarray(PREFIX_SIZE, end)
  }

  /** Writes the reply at offset `at` of the output; returns its length, 0 if there is none or the chain resolves it. */
  #answer(request: Buffer, at: number): number {
    const startedAt = performance.now()
    const pipeline = this.#options.pipeline()
    const { path, observer, recover } = pipeline
    const output = this.#output
    let length: number
    path.enter()
    path.setClient(this.#clientName, 0)
    try {
      length = path.answer(request, 0, request.length, output, at, MESSAGE_MAX_SIZE)
    } catch (error) {
      recover(error)
      length = writeServfail(request, 0, request.length, output, at)
    } finally {
      path.leave()
    }
    if (length === MISS) {
      this.#resolve(Uint8Array.from(request), pipeline, startedAt)
      return 0
    }
    if (length > 0 && path.isQuery && observer !== undefined) {
      this.#observation.fill(path.request, request.length, output, at, length)
      observer.observeSingle(path.zone, this.#observation, startedAt)
    }
    return length
  }

  #resolve(wire: Uint8Array, { path, observer }: QueryPipeline, startedAt: number): void {
    this.#busy = true
    const parsed = path.takeRequest()
    void path.resolve(wire, this.#client, parsed).then(({ zone, request, reply, upstream }) => {
      this.#busy = false
      if (reply === undefined) {
        this.#processInput()
        return
      }
      const framed = new Uint8Array(PREFIX_SIZE + reply.length)
      setU16(framed, 0, reply.length)
      framed.set(reply, PREFIX_SIZE)
      this.#write(framed)
      if (observer !== undefined) {
        this.#observation.fill(request, wire.length, reply, 0, reply.length, upstream)
        observer.observeSingle(zone, this.#observation, startedAt)
      }
      this.#processInput()
    })
  }

  #write(bytes: Uint8Array): void {
    if (!this.#socket.writable) return
    const writeMs = this.#options.pipeline().tcp?.writeMs
    if (writeMs === undefined) {
      this.#socket.write(bytes)
      return
    }
    if (this.#unsentWrites++ === 0) this.#writeDeadline = this.#options.now() + writeMs
    this.#socket.write(bytes, () => {
      this.#unsentWrites--
      this.#writeDeadline = this.#options.now() + writeMs
      this.#extendDeadline()
    })
  }

  #extendDeadline(): void {
    const idleMs = this.#options.pipeline().tcp?.idleMs ?? IDLE_MS
    this.deadline = this.#options.now() + idleMs
  }
}
