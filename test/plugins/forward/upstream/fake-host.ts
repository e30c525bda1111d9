// An upstream thread without sockets, threads and clock: the test delivers datagrams and advances the time.

import { Exchange } from '../../../../src/dns/exchange.ts'
import type { ForwardOptions } from '../../../../src/plugins/forward/options.ts'
import { newOptions } from '../../../../src/plugins/forward/stanza.ts'
import { ForwardEngine } from '../../../../src/plugins/forward/upstream/engine.ts'
import { UpstreamWriter } from '../../../../src/plugins/forward/upstream-writer.ts'
import type { UpstreamHost, UpstreamReply } from '../../../../src/plugins/runtime.ts'
import type { DatagramSockets } from '../../../../src/udp/connected-sockets.ts'
import { encodeQuery, type QuerySpec } from '../../../support/dns-encode.ts'
import { createRandom, type Random } from '../../../support/random.ts'

const SLOT = 5000
const RECEIVED = 64
const SEND_AT = SLOT * RECEIVED

/** A datagram that the engine has sent. */
export interface Sent {
  readonly fd: number
  /** "IP:PORT" of the upstream. */
  readonly peer: string
  readonly bytes: Uint8Array
}

/** What became of a query. */
export type Outcome =
  | { readonly what: 'replied'; readonly reply: Uint8Array }
  | { readonly what: 'failed'; readonly rcode: number; readonly error: string }
  | { readonly what: 'overflowed' | 'chain' | 'recalled' }

/** Connected sockets in memory. */
export class FakeSockets implements DatagramSockets {
  readonly bytes = new Uint8Array(SEND_AT + 64 * 1024)
  readonly sent: Sent[] = []
  readonly open_ = new Map<number, { readonly peer: string; readonly onReadable: () => void }>()
  /** Errors that the next call on a socket to a peer returns. */
  readonly errors = new Map<string, string>()
  /** Errors of the opening of sockets, by peer. */
  readonly openErrors = new Map<string, string>()
  opened = 0
  /** The sockets whose names were asked for. */
  readonly localNames: number[] = []
  readonly #random: Random
  #nextFd = 10
  #sendAt = SEND_AT
  #queued: Uint8Array[] = []
  #inbox: Uint8Array[] = []
  #received: { readonly length: number; readonly truncated: boolean }[] = []
  #error = 'EAGAIN'

  constructor(seed: number) {
    this.#random = createRandom(seed)
  }

  open(address: string, port: number): number {
    const peer = `${address}:${port}`
    const code = this.openErrors.get(peer)
    if (code !== undefined) throw Object.assign(new Error(code), { code })
    const fd = this.#nextFd++
    this.opened++
    this.open_.set(fd, { peer, onReadable: () => {} })
    return fd
  }
  watch(fd: number, onReadable: () => void): void {
    this.open_.set(fd, { peer: this.open_.get(fd)!.peer, onReadable })
  }
  close(fd: number): void {
    if (!this.open_.delete(fd)) throw new Error(`descriptor ${fd} is closed twice`)
  }
  localName(fd: number): string {
    this.localNames.push(fd)
    return `10.0.0.1:${fd}`
  }
  get sendAt(): number {
    return this.#sendAt
  }
  get isFull(): boolean {
    return this.#queued.length === 64
  }
  queue(length: number): void {
    this.#queued.push(this.bytes.slice(this.#sendAt, this.#sendAt + length))
    this.#sendAt += length
  }
  send(fd: number): string | undefined {
    const { peer } = this.open_.get(fd)!
    for (const bytes of this.#queued) this.sent.push({ fd, peer, bytes })
    this.#queued = []
    this.#sendAt = SEND_AT
    return this.errors.get(peer)
  }
  receive(): number {
    if (this.#inbox.length === 0) return -1
    const batch = this.#inbox.splice(0, RECEIVED)
    this.#received = batch.map((bytes, i) => {
      const kept = bytes.subarray(0, 4096)
      this.bytes.set(kept, i * SLOT)
      return { length: kept.length, truncated: bytes.length > kept.length }
    })
    return batch.length
  }
  error(): string {
    return this.#error
  }
  receivedAt(i: number): number {
    return i * SLOT
  }
  receivedLength(i: number): number {
    return this.#received[i]!.length
  }
  isTruncated(i: number): boolean {
    return this.#received[i]!.truncated
  }
  random16(): number {
    return this.#random.int(65536)
  }

  /** Delivers datagrams to a socket; nothing happens if it is closed. */
  deliver(fd: number, ...datagrams: readonly Uint8Array[]): void {
    this.#inbox = [...datagrams]
    this.open_.get(fd)?.onReadable()
  }

  /** The next call on the socket fails with an error, as after an ICMP message. */
  fail(fd: number, error: string): void {
    this.#inbox = []
    this.#error = error
    this.open_.get(fd)?.onReadable()
    this.#error = 'EAGAIN'
  }
}

export class FakeHost implements UpstreamHost {
  now = 0
  readonly sockets: FakeSockets
  readonly outcomes = new Map<number, Outcome>()
  /** True: `recalled` has a reply. */
  recalls = false
  readonly #next = new Map<number, number>()

  constructor(seed = 1) {
    this.sockets = new FakeSockets(seed)
  }

  recalled(_exchange: Exchange, waiter: number): boolean {
    if (this.recalls) this.#set(waiter, { what: 'recalled' })
    return this.recalls
  }
  append(last: number, waiter: number): void {
    this.#next.set(last, waiter)
  }
  replied(first: number, { bytes, start, walk }: UpstreamReply): void {
    const reply = bytes.slice(start, start + Math.max(walk.end, walk.optEnd))
    this.#all(first, { what: 'replied', reply })
  }
  failed(first: number, rcode: number, error: string): void {
    this.#all(first, { what: 'failed', rcode, error })
  }
  overflowed(first: number): void {
    this.#all(first, { what: 'overflowed' })
  }
  toChain(first: number): void {
    this.#all(first, { what: 'chain' })
  }

  #all(first: number, outcome: Outcome): void {
    for (let at: number | undefined = first; at !== undefined; at = this.#next.get(at)) {
      this.#set(at, outcome)
    }
  }
  #set(waiter: number, outcome: Outcome): void {
    if (this.outcomes.has(waiter)) throw new Error(`waiter ${waiter} is answered twice`)
    this.outcomes.set(waiter, outcome)
  }
}

/** Options of `forward . UPSTREAMS`, with changes. */
export function forwardOptions(changes: Partial<ForwardOptions> = {}): ForwardOptions {
  return { ...newOptions('.'), ...changes }
}

export interface Setup {
  readonly host: FakeHost
  readonly engine: ForwardEngine
  readonly writers: readonly UpstreamWriter[]
  /** Asked probes, as "FORWARD ID". */
  readonly probes: readonly string[]
  /** Asks; returns the number of the waiter. */
  readonly ask: (spec: string | QuerySpec, id?: number) => number
  /** The result of the last `ask` of the engine. */
  readonly result: () => number
  /** Advances the time in small steps, and sends what becomes due. */
  readonly pass: (ms: number) => void
}

export const A = '192.0.2.1:53'
export const B = '192.0.2.2:53'
export const C = '192.0.2.3:53'

/** An engine with a `forward` for each element of `forwards`, each with its upstreams ("IP:PORT"). */
export function setup(
  forwards: readonly { options?: Partial<ForwardOptions>; upstreams?: readonly string[] }[] = [{}],
  slots = 1024,
  seed = 1,
): Setup {
  const host = new FakeHost(seed)
  const probes: string[] = []
  const writers = forwards.map(({ upstreams = [A, B] }) => {
    const writer = new UpstreamWriter()
    setUpstreams(writer, upstreams)
    return writer
  })
  const engine = new ForwardEngine(
    {
      forwards: forwards.map(({ options }) => forwardOptions(options)),
      tables: writers.map(({ buffer }) => buffer),
      thread: 0,
      hashKey: [seed, 2],
      requestProbe: (forward, id) => probes.push(`${forward} ${id}`),
      slots,
    },
    host,
  )
  let waiters = 0
  let last = 0
  const exchange = new Exchange()
  return {
    host,
    engine,
    writers,
    probes,
    result: () => last,
    ask(spec, id = 7) {
      const bytes = encodeQuery(typeof spec === 'string' ? { name: spec, type: 'A', id } : spec)
      exchange.input = bytes
      exchange.inOffset = 0
      exchange.inLength = bytes.length
      if (exchange.request.parse(bytes, 0, bytes.length) !== 0) throw new Error('invalid request')
      last = engine.ask(exchange, waiters, 0)
      return waiters++
    },
    pass(ms) {
      for (const end = host.now + ms; host.now < end; ) {
        host.now = Math.min(end, host.now + 3)
        engine.tick()
        engine.flush()
      }
    },
  }
}

export function setUpstreams(writer: UpstreamWriter, upstreams: readonly string[]): void {
  writer.update(
    upstreams.map((text) => {
      const [address = '', port] = text.split(':')
      return { target: 0, address, port: Number(port) }
    }),
  )
}

/** A reply to a sent query, with an A record. */
export function replyTo({ bytes }: Sent): Uint8Array {
  let end = 12
  while (bytes[end] !== 0) end += bytes[end]! + 1
  end += 5
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 99]
  const reply = Uint8Array.of(...bytes.subarray(0, end), ...record)
  reply[2] = 0x81
  reply[3] = 0x80
  reply[7] = 1
  reply.fill(0, 8, 12)
  return reply
}

/** As `replyTo`, with flipped bits in the byte at `at`; from the end if negative. */
export function flipped(sent: Sent, at: number, bits: number): Uint8Array {
  const reply = replyTo(sent)
  reply[at < 0 ? reply.length + at : at]! ^= bits
  return reply
}
