// The packet path as packet threads run it: the packet loop, the pipeline of a Corefile with its tables and observers, and
// the slow path. Only the kernel is replaced.

import { PacketLoop } from '../../../src/server/mmsg/packet-loop.ts'
import { createSharedSocket, SharedSocket } from '../../../src/server/mmsg/shared-socket.ts'
import { SlowPath } from '../../../src/server/mmsg/slow-path.ts'
import { MISS } from '../../../src/server/path/packet-path.ts'
import type { QueryPipeline } from '../../../src/server/path/pipeline.ts'
import {
  THREAD_PANICS,
  THREAD_UDP_ERRORS,
  THREAD_WORDS,
} from '../../../src/server/shared/counters.ts'
import { checkReply } from '../check-reply.ts'
import { FakeKernel } from '../fake-kernel.ts'
import type { Input, Part } from '../input.ts'
import { objectQueries } from '../objects.ts'
import { Output } from '../output.ts'
import { PLAIN, zoneQueries } from '../seeds.ts'
import { pipelineOf } from '../serving.ts'
import { type Target, type TargetKind, Violation } from '../target.ts'
import { allowedSize } from '../wire.ts'

const BUFSIZE = 1232
const COREFILE = `clusterset.local:53 {
  errors {
    stacktrace
  }
  log
  prometheus :9153
  bufsize ${BUFSIZE}
  loadbalance
  multicluster clusterset.local {
    manifests DIR
  }
}
cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
  nsid a name of the server
  prometheus :9153
  local
  any
  loadbalance {
    prefer 10.0.0.0/9 2001:db8::/33
  }
  acl {
    filter type TXT net 198.51.100.0/24
    allow
  }
  header {
    response set ra
  }
  minimal
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    manifests DIR
    pods verified
    endpoint_pod_names
    fallthrough in-addr.arpa
  }
}
example.org:53 {
  log
  nsid a name of the server
  any
  chaos
  whoami
}
`
const LIMITED_ZONE = Buffer.from('\x0aclusterset\x05local\x00', 'latin1')
/** Where requests begin in the input of the packet path, between other bytes. */
const INPUT_AT = 16

export const packet: TargetKind = {
  name: 'packet',
  seeds: () => [...zoneQueries(), ...objectQueries()].map((query) => [query, PLAIN]),
  create: () => PacketTarget.create(),
}

/** Where the log lines of the pipelines go. */
interface Log {
  write: (line: string) => void
}

class PacketTarget implements Target {
  readonly #counters: Int32Array
  readonly #kernel = new FakeKernel((...sent) => this.#sent(...sent))
  readonly #shared = new SharedSocket(createSharedSocket())
  readonly #signal = new Int32Array(new SharedArrayBuffer(4))
  readonly #output = new Output()
  readonly #input = new Uint8Array(INPUT_AT + 65_536 + INPUT_AT).fill(0xa5)
  readonly #wake: number
  readonly #loop: PacketLoop
  readonly #slowPath: SlowPath
  readonly #tcp: QueryPipeline
  /** The queries without a reply, by the ports of their clients. */
  readonly #waiting = new Map<number, Uint8Array>()
  #current: Input | undefined
  #firstPort = 1024
  #answered = 0
  #line = ''

  private constructor(udp: QueryPipeline, tcp: QueryPipeline, log: Log, counters: Int32Array) {
    const { libc } = this.#kernel
    this.#tcp = tcp
    this.#counters = counters
    log.write = (line) => this.#log(line)
    this.#shared.fd = 1000
    this.#wake = libc.eventfd(0, 0)
    this.#loop = new PacketLoop({
      libc,
      wake: this.#wake,
      threadCounters: this.#counters,
      flushLines: () => {},
      notifyUpstream: () => {},
      notifySlowPath: () => {
        Atomics.add(this.#signal, 0, 1)
        Atomics.notify(this.#signal, 0)
      },
    })
    const socket = { ...udp, shared: this.#shared }
    this.#loop.serve([{ ...socket, fd: 1000, wildcard: false, hasUpstreamThread: false }])
    this.#slowPath = new SlowPath(libc, this.#signal, this.#counters)
    this.#slowPath.serve([{ ...socket, localAddress: '192.0.2.53', localPort: 53 }])
  }

  static async create(): Promise<Target> {
    const log: Log = { write: () => {} }
    const counters = new Int32Array(THREAD_WORDS)
    const write = (line: string) => log.write(line)
    const udp = await pipelineOf(COREFILE, 'udp', counters, write)
    const tcp = await pipelineOf(COREFILE, 'tcp', counters, write)
    return new PacketTarget(udp, tcp, log, counters)
  }

  run(input: Input): number {
    this.#current = input
    this.#answered = 0
    this.#firstPort = this.#firstPort > 60_000 ? 1024 : this.#firstPort + 8
    for (let i = 0; i < input.messages; i++) {
      this.#kernel.inbox.push({ part: input.parts[i]!, port: this.#firstPort + i })
    }
    this.#loop.answerBatches()
    this.#keepWaiting(input)
    if ((input.control(0) & 3) === 3) this.#answer(input.parts[0]!, 512 + 16 * input.control(1))
    this.#checkErrors()
    return input.messages
  }

  async settle(): Promise<void> {
    for (let i = 0; this.#shared.pending > 0; i++) {
      if (i > 10_000) throw new Violation('queries stay in the slow path')
      await new Promise((done) => setImmediate(done))
    }
    this.#waiting.clear()
    this.#checkErrors()
  }

  close(): void {
    void this.#slowPath.stop(0)
    this.#kernel.libc.close(this.#wake)
    this.#loop.free()
  }

  /** A datagram that was sent: the reply to one of the batch, or of the slow path. */
  #sent(bytes: Uint8Array, at: number, length: number, port: number): void {
    const i = port - this.#firstPort
    const waiting = this.#waiting.get(port)
    if (waiting !== undefined) {
      this.#waiting.delete(port)
      try {
        this.#check(waiting, waiting.length, bytes, at, length)
      } catch (error) {
        throw new Violation(String(error), [waiting, PLAIN])
      }
      return
    }
    const input = this.#current!
    if (i < 0 || i >= input.messages || (this.#answered & (1 << i)) !== 0) {
      throw new Violation('a client got a reply to no query')
    }
    this.#answered |= 1 << i
    const part = input.parts[i]!
    this.#check(part.bytes, Math.min(part.length, 4096), bytes, at, length)
  }

  #check(query: Uint8Array, size: number, bytes: Uint8Array, at: number, length: number): void {
    const most = allowedSize(query, size, isLimited(query, size) ? BUFSIZE : 65_507)
    checkReply(query, size, bytes, at, length, most, 'own')
  }

  /** What has no reply may be in the slow path. */
  #keepWaiting(input: Input): void {
    if (this.#shared.pending === 0) return
    for (let i = 0; i < input.messages; i++) {
      const { bytes, length } = input.parts[i]!
      if ((this.#answered & (1 << i)) === 0) {
        this.#waiting.set(this.#firstPort + i, bytes.slice(0, Math.min(length, 4096)))
      }
    }
  }

  /** The packet path alone, as over TCP, with little space. */
  #answer({ bytes, length }: Part, limit: number): void {
    const { path } = this.#tcp
    const { bytes: output, at } = this.#output
    this.#input.set(bytes.subarray(0, length), INPUT_AT)
    this.#output.prepare(limit)
    path.enter()
    const size = path.answer(this.#input, INPUT_AT, length, output, at, limit)
    path.leave()
    if (size === MISS || size === 0) return
    if (size < 0) throw new Violation(`the packet path returns ${size}`)
    this.#output.check(size, limit)
    checkReply(bytes, length, output, at, size, limit, 'own')
  }

  #checkErrors(): void {
    if (this.#counters[THREAD_PANICS] !== 0) throw new Violation(`an exception: ${this.#line}`)
    if (this.#counters[THREAD_UDP_ERRORS] !== 0) throw new Violation('a reply was not sent')
  }

  /** A name in a query must not begin another line, or control a terminal. */
  #log(line: string): void {
    this.#line = line
    for (let i = 0; i < line.length - 1; i++) {
      const code = line.charCodeAt(i)
      if (code < 0x20 || code > 0x7e) throw new Violation(`a log line has the character ${code}`)
    }
  }
}

/** True for a question below the zone with `bufsize`. */
function isLimited(query: Uint8Array, length: number): boolean {
  let end = 12
  while (end < length && query[end]! > 0 && query[end]! < 64) end += 1 + query[end]!
  const start = end + 1 - LIMITED_ZONE.length
  if (start < 12) return false
  for (let i = 0; i < LIMITED_ZONE.length; i++) {
    const byte = query[start + i]!
    const lower = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte
    if (lower !== LIMITED_ZONE[i]) return false
  }
  return true
}
