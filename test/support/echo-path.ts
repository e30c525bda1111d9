// A packet path without zones, for tests of transports: echoes the request with QR set. A request whose fourth byte is
// 1 is a MISS and is answered by `release`.
import { Request } from '../../src/dns/request.ts'
import { DROP, MISS, type PacketPath } from '../../src/server/path/packet-path.ts'
import type { QueryPipeline } from '../../src/server/path/pipeline.ts'

export interface EchoPath extends PacketPath {
  /** Answers the oldest pending MISS. */
  release(): void
  readonly waiting: number
}

export function echoPath(replySize?: number): EchoPath {
  const held: (() => void)[] = []
  const request = new Request()
  const reply = (asked: Uint8Array) => {
    const bytes = new Uint8Array(replySize ?? asked.length)
    bytes.set(asked.subarray(0, bytes.length))
    bytes[2] = bytes[2]! | 0x80
    return bytes
  }
  return {
    zone: 0,
    request,
    isQuery: true,
    setClient() {},
    answer(input, inOffset, length, output, outOffset) {
      if (length < 12) return DROP
      if (input[inOffset + 3] === 1) return MISS
      const bytes = reply(input.subarray(inOffset, inOffset + length))
      output.set(bytes, outOffset)
      return bytes.length
    },
    resolve: (bytes) =>
      new Promise((done) => {
        held.push(() => done({ reply: reply(bytes), request, zone: 0, upstream: '' }))
      }),
    refresh: () => Promise.resolve(),
    zoneOf: () => 0,
    takeRequest: () => request,
    enter() {},
    leave() {},
    release: () => held.shift()?.(),
    get waiting() {
      return held.length
    },
  }
}

/** A pipeline of the path without observers; an exception fails the test. */
export function echoPipeline(path: EchoPath): QueryPipeline {
  return {
    path,
    observer: undefined,
    gates: undefined,
    recover: (error) => {
      throw error
    },
  }
}

/** A request of `size` bytes with this id; `miss` makes it a MISS. */
export function echoRequest(id: number, size = 12, miss = false): Uint8Array {
  const bytes = new Uint8Array(size)
  bytes[0] = id >> 8
  bytes[1] = id & 255
  bytes[3] = miss ? 1 : 0
  return bytes
}
