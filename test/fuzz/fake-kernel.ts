// A kernel that a target controls: recvmmsg(2) takes datagrams from an inbox, and sendmmsg(2) checks what it gets and
// passes it on. Native memory lies between guard pages.
import type { Libc, NativeMemory } from '../../src/udp/libc.ts'
import { encodeSockaddr, NAME_SIZE_V4 } from '../../src/udp/sockaddr.ts'
import { guardedLibc } from '../support/guarded-libc.ts'
import type { Part } from './input.ts'
import { setWord, word } from './shape.ts'
import { Violation } from './target.ts'

// struct mmsghdr and struct iovec of 64-bit Linux, in bytes.
const HEADER = 64
const NAME_LENGTH = 8
const IOVEC = 16
const CONTROL_LENGTH = 40
const FLAGS = 48
const LENGTH = 56
const MSG_TRUNC = 0x20

interface Datagram {
  readonly part: Part
  /** The client's port. */
  readonly port: number
}

interface Memory {
  readonly base: number
  readonly bytes: Uint8Array
  readonly words: Uint32Array
}

const CLIENT = encodeSockaddr('198.51.100.7', 0)!

export class FakeKernel {
  readonly libc: Libc
  /** What the next recvmmsg(2) gets. */
  readonly inbox: Datagram[] = []
  readonly #memories: Memory[] = []
  readonly #onSend: (bytes: Uint8Array, at: number, length: number, port: number) => void

  /** `onSend` gets each datagram that is sent, and the port of its receiver. */
  constructor(onSend: (bytes: Uint8Array, at: number, length: number, port: number) => void) {
    this.#onSend = onSend
    const libc = guardedLibc('end')
    this.libc = {
      ...libc,
      allocate: (bytes) => this.#allocate(libc.allocate(bytes)),
      recvmmsg: Object.assign(
        (_fd: number, headers: unknown, count: number) => this.#receive(Number(headers), count),
        { pointer: libc.recvmmsg.pointer },
      ),
      sendmmsg: Object.assign(
        (_fd: number, headers: unknown, count: number) => this.#send(Number(headers), count),
        { pointer: libc.sendmmsg.pointer },
      ),
    }
  }

  #allocate(memory: NativeMemory): NativeMemory {
    const { address, buffer } = memory
    // Only memory of whole words can have headers.
    if (buffer.byteLength % 4 !== 0) return memory
    const bytes = new Uint8Array(buffer)
    this.#memories.push({ base: Number(address), bytes, words: new Uint32Array(buffer) })
    return memory
  }

  #receive(headers: number, count: number): number {
    const { inbox } = this
    const received = Math.min(count, inbox.length)
    if (received === 0) return -1
    const memory = this.#memoryOf(headers, count * HEADER)
    for (let i = 0; i < received; i++) this.#deliver(memory, headers + i * HEADER, inbox[i]!)
    inbox.splice(0, received)
    return received
  }

  #deliver(memory: Memory, header: number, { part, port }: Datagram): void {
    const { words, bytes } = memory
    const at = (header - memory.base) / 4
    const name = this.#at(memory, at, words[at + NAME_LENGTH / 4]!)
    bytes.set(CLIENT, name)
    setWord(bytes, name + 2, port)
    words[at + NAME_LENGTH / 4] = NAME_SIZE_V4
    words[at + CONTROL_LENGTH / 4] = 0
    const iovec = this.#at(memory, at + IOVEC / 4, 16) / 4
    const room = words[iovec + 2]!
    const to = this.#at(memory, iovec, room)
    const length = Math.min(part.length, room)
    for (let i = 0; i < length; i++) bytes[to + i] = part.bytes[i]!
    words[at + LENGTH / 4] = length
    words[at + FLAGS / 4] = part.length > room ? MSG_TRUNC : 0
  }

  #send(headers: number, count: number): number {
    const memory = this.#memoryOf(headers, count * HEADER)
    const { words, bytes } = memory
    for (let i = 0; i < count; i++) {
      const at = (headers - memory.base + i * HEADER) / 4
      const name = this.#at(memory, at, words[at + NAME_LENGTH / 4]!)
      const iovec = this.#at(memory, at + IOVEC / 4, 16) / 4
      const length = words[iovec + 2]!
      const from = this.#at(memory, iovec, length)
      this.#onSend(bytes, from, length, word(bytes, name + 2))
    }
    return count
  }

  #memoryOf(address: number, size: number): Memory {
    const found = this.#memories.find(({ base, bytes }) => {
      return address >= base && address + size <= base + bytes.length
    })
    if (found === undefined) throw new Violation('a system call got memory that nobody allocated')
    return found
  }

  /** The offset of the `size` bytes whose pointer is at word `at`. */
  #at({ base, bytes, words }: Memory, at: number, size: number): number {
    const offset = words[at]! + words[at + 1]! * 2 ** 32 - base
    if (offset < 0 || offset + size > bytes.length) {
      throw new Violation(`a system call got ${size} bytes outside of its memory`)
    }
    return offset
  }
}
