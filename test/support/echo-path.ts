// A packet path without zones, for tests of transports: echoes the request with QR set; a request whose fourth
// byte is 1 is a MISS and is answered later.
import { DROP, MISS, type PacketPath } from '../../src/server/packet-path.ts'

export interface EchoPath extends PacketPath {
  /** Lets the oldest waiting MISS be answered. */
  release(): void
  readonly waiting: number
}

export function echoPath(replySize?: number): EchoPath {
  const held: (() => void)[] = []
  const reply = (request: Uint8Array) => {
    const bytes = new Uint8Array(replySize ?? request.length)
    bytes.set(request.subarray(0, bytes.length))
    bytes[2] = bytes[2]! | 0x80
    return bytes
  }
  return {
    zone: 0,
    answer(input, inOffset, length, output, outOffset) {
      if (length < 12) return DROP
      if (input[inOffset + 3] === 1) return MISS
      const bytes = reply(input.subarray(inOffset, inOffset + length))
      output.set(bytes, outOffset)
      return bytes.length
    },
    resolve: (request) =>
      new Promise((done) => {
        held.push(() => done(reply(request)))
      }),
    enter() {},
    leave() {},
    release: () => held.shift()?.(),
    get waiting() {
      return held.length
    },
  }
}

/** A request of `size` bytes with this id; `miss` makes it wait. */
export function echoRequest(id: number, size = 12, miss = false): Uint8Array {
  const bytes = new Uint8Array(size)
  bytes[0] = id >> 8
  bytes[1] = id & 255
  bytes[3] = miss ? 1 : 0
  return bytes
}
