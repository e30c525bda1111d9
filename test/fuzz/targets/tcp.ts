// TCP: streams of queries, split anywhere, pipelined, with lengths that lie, and clients that read late. The replies are
// those of the packet path, in order, one for each complete frame. The reader of frames from upstreams gets the same.
import { FrameReader } from '../../../src/plugins/forward/exchange/framing.ts'
import { MISS, type PacketPath } from '../../../src/server/path/packet-path.ts'
import type { QueryPipeline } from '../../../src/server/path/pipeline.ts'
import { THREAD_PANICS, THREAD_WORDS } from '../../../src/server/shared/counters.ts'
import { OUTPUT_BYTES, TcpConnection } from '../../../src/server/transport/tcp-connection.ts'
import { checkReply } from '../check-reply.ts'
import { FakeSocket } from '../fake-socket.ts'
import { CONTROL_SIZE, type Input, type Sample } from '../input.ts'
import { objectQueries } from '../objects.ts'
import { exchanges, PLAIN, zoneQueries } from '../seeds.ts'
import { pipelineOf } from '../serving.ts'
import { word } from '../shape.ts'
import { type Target, type TargetKind, Violation } from '../target.ts'

const COREFILE = `clusterset.local:53 {
  log
  prometheus :9153
  multicluster clusterset.local {
    manifests DIR
  }
}
cluster.local:53 {
  kubernetes cluster.local {
    manifests DIR
  }
}
example.org:53 {
  whoami
}
`
const CLIENT = {
  protocol: 'tcp',
  remoteAddress: '198.51.100.7',
  remotePort: 40_000,
  localAddress: '192.0.2.53',
  localPort: 53,
} as const
const MAX = 65_535
/** More than any stream of an input has. */
const STREAM_MAX = 8 * (2 + MAX)

/** The largest chunk that is cut off; a larger one has the rest of the stream. */
const CHUNK_MAX = 63

/** Control byte 0. */
const LIES = 1
const READS_LATE = 2
const ENDS = 4
/** The bits for the number of the message with a wrong length. */
const LIAR_SHIFT = 4

export const tcp: TargetKind = {
  name: 'tcp',
  seeds: () => {
    const queries = [
      ...zoneQueries(),
      ...objectQueries(),
      ...exchanges()
        .slice(0, 2)
        .map(([query]) => query),
    ]
    return queries.flatMap((query, i) => [
      [query, PLAIN],
      [query, queries[(i + 7) % queries.length]!, query, Uint8Array.of(0, 0, 1, 3, 40, 1, 0, 9)],
    ])
  },
  create: () => TcpTarget.create(),
}

/** A stream, and what must come back. */
interface Exchanged {
  readonly sample: Sample | undefined
  readonly stream: Uint8Array
  readonly control: Uint8Array
  readonly socket: FakeSocket
  readonly connection: TcpConnection
  /** Bytes of the stream that were delivered, and chunks. */
  at: number
  chunks: number
}

class TcpTarget implements Target {
  readonly #pipeline: QueryPipeline
  readonly #counters: Int32Array
  /** Answers the frames once more. */
  readonly #model: PacketPath
  readonly #output = new Uint8Array(OUTPUT_BYTES)
  readonly #modelOutput = new Uint8Array(MAX)
  readonly #stream = new Uint8Array(STREAM_MAX)
  readonly #control = new Uint8Array(CONTROL_SIZE)
  /** Those that wait for the plugin chain. */
  readonly #open: Exchanged[] = []

  private constructor(pipeline: QueryPipeline, model: PacketPath, counters: Int32Array) {
    this.#pipeline = pipeline
    this.#model = model
    this.#counters = counters
  }

  static async create(): Promise<Target> {
    const counters = new Int32Array(THREAD_WORDS)
    const pipeline = await pipelineOf(COREFILE, 'tcp', counters, () => {})
    const model = await pipelineOf(COREFILE, 'tcp', counters, () => {})
    return new TcpTarget(pipeline, model.path, counters)
  }

  run(input: Input): number {
    for (let i = 0; i < CONTROL_SIZE; i++) this.#control[i] = input.control(i)
    const stream = this.#stream.subarray(0, this.#frame(input))
    this.#readAsClient(stream)
    const expected = this.#expected(stream)
    const socket = new FakeSocket()
    const connection = new TcpConnection(socket.socket, this.#output, {
      pipeline: () => this.#pipeline,
      now: () => 0,
      onHold: () => {},
    })
    const control = this.#control
    const exchanged = { sample: undefined, stream, control, socket, connection, at: 0, chunks: 0 }
    if (expected === undefined) {
      const copy = { stream: stream.slice(), control: control.slice(), sample: input.sample() }
      const late = { ...exchanged, ...copy }
      this.#open.push(late)
      deliver(late)
    } else {
      deliver(exchanged)
      this.#compare(exchanged, expected)
    }
    if (this.#counters[THREAD_PANICS] !== 0) throw new Violation('an exception while answering')
    return input.messages
  }

  async settle(): Promise<void> {
    for (const exchanged of this.#open.splice(0)) {
      try {
        await this.#finish(exchanged)
      } catch (error) {
        throw new Violation(
          error instanceof Error ? error.message : String(error),
          exchanged.sample,
        )
      }
    }
  }

  async #finish(exchanged: Exchanged): Promise<void> {
    const replies: Uint8Array[] = []
    for (const frame of framesOf(exchanged.stream)) {
      const reply = this.#answer(frame) ?? (await this.#model.resolve(frame, CLIENT)).reply
      if (reply !== undefined && reply.length > 0) replies.push(framed(reply))
    }
    const isDone = () => exchanged.at === exchanged.stream.length && exchanged.connection.isIdle
    for (let i = 0; i < 1000 && !isDone(); i++) {
      await new Promise((done) => setImmediate(done))
      deliver(exchanged)
    }
    this.#compare(exchanged, Buffer.concat(replies))
  }

  /** Writes the messages with their lengths to the stream; returns its length. */
  #frame(input: Input): number {
    const stream = this.#stream
    const flags = this.#control[0]!
    const liar = (flags & LIES) === 0 ? -1 : (flags >>> LIAR_SHIFT) % input.messages
    let at = 0
    for (let i = 0; i < input.messages; i++) {
      const { bytes, length } = input.parts[i]!
      // The length that is told may be any: smaller, larger, 0, or more than ever comes.
      const told = i === liar ? word(this.#control, 2) >>> (this.#control[1]! & 15) : length
      stream[at] = told >>> 8
      stream[at + 1] = told & 0xff
      stream.set(bytes.subarray(0, length), at + 2)
      at += 2 + length
    }
    return at
  }

  /** The bytes of all replies; undefined if the plugin chain must answer one. */
  #expected(stream: Uint8Array): Uint8Array | undefined {
    const replies: Uint8Array[] = []
    for (const frame of framesOf(stream)) {
      const reply = this.#answer(frame)
      if (reply === undefined) return undefined
      if (reply.length > 0) replies.push(framed(reply))
    }
    return replies.length === 1 ? replies[0]! : Buffer.concat(replies)
  }

  /** The reply to a frame, empty for none; undefined for the plugin chain. */
  #answer(frame: Uint8Array): Uint8Array | undefined {
    const model = this.#model
    const output = this.#modelOutput
    model.enter()
    const length = model.answer(frame, 0, frame.length, output, 0, MAX)
    model.leave()
    if (length === MISS) return undefined
    if (length > 0) checkReply(frame, frame.length, output, 0, length, MAX, 'own')
    return output.slice(0, length)
  }

  #compare({ stream, control, socket, connection, at }: Exchanged, expected: Uint8Array): void {
    const written = socket.written.length === 1 ? socket.written[0]! : Buffer.concat(socket.written)
    if (Buffer.compare(written, expected) !== 0) {
      throw new Violation('a connection has other replies than its frames, or another order')
    }
    if (at !== stream.length) throw new Violation('a connection does not read its stream')
    const rest = stream.length - endOfFrames(stream)
    if (connection.heldBytes !== rest) {
      throw new Violation(`a connection holds ${connection.heldBytes} bytes instead of ${rest}`)
    }
    const hasEnded = ((control[0] ?? 0) & ENDS) !== 0
    if (socket.isDestroyed || socket.writable === hasEnded) {
      throw new Violation('a connection is closed at the wrong time')
    }
  }

  /** The same stream, as it would come from an upstream. */
  #readAsClient(stream: Uint8Array): void {
    const reader = new FrameReader()
    const found: Uint8Array[] = []
    let isFramed = true
    for (let at = 0, i = 0; at < stream.length && isFramed; i++) {
      const end = Math.min(stream.length, at + sizeOf(this.#control, i))
      isFramed = reader.push(stream.subarray(at, end), (message) => found.push(message))
      at = end
    }
    let i = 0
    for (const frame of framesOf(stream)) {
      if (frame.length < 12) break
      const message = found[i++]
      if (message === undefined || Buffer.compare(message, frame) !== 0) {
        throw new Violation('the reader of frames has another message')
      }
    }
    if (i !== found.length) throw new Violation('the reader of frames has more messages')
  }
}

/** Delivers the stream in chunks, as far as the connection reads it. */
function deliver(exchanged: Exchanged): void {
  const { stream, control, socket } = exchanged
  const flags = control[0] ?? 0
  while (exchanged.at < stream.length) {
    if (socket.isPaused()) {
      if (socket.writableLength === 0) return
      socket.drain()
      continue
    }
    const end = Math.min(stream.length, exchanged.at + sizeOf(control, exchanged.chunks++))
    // As in Node, the chunk belongs to the connection.
    const chunk = Buffer.from(stream.subarray(exchanged.at, end))
    exchanged.at = end
    if (exchanged.at === stream.length && (flags & ENDS) !== 0) {
      socket.emit('data', chunk)
      socket.emit('end')
    } else {
      socket.emit('data', chunk)
    }
    if ((flags & READS_LATE) === 0) socket.drain()
  }
  while (socket.writableLength > 0) socket.drain()
}

/** The bytes of chunk `i`. */
function sizeOf(control: Uint8Array, i: number): number {
  const size = control[4 + (i & 3)] ?? 0
  return size === 0 || size > CHUNK_MAX ? STREAM_MAX : size
}

function endOfFrames(stream: Uint8Array): number {
  let at = 0
  while (at + 2 <= stream.length && at + 2 + word(stream, at) <= stream.length) {
    at += 2 + word(stream, at)
  }
  return at
}

function* framesOf(stream: Uint8Array): Generator<Uint8Array> {
  const end = endOfFrames(stream)
  for (let at = 0; at < end; at += 2 + word(stream, at)) {
    yield stream.subarray(at + 2, at + 2 + word(stream, at))
  }
}

function framed(reply: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + reply.length)
  bytes[0] = reply.length >>> 8
  bytes[1] = reply.length & 0xff
  bytes.set(reply, 2)
  return bytes
}
