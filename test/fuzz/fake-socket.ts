// A TCP socket without a kernel: what a connection does with it is recorded.
import type { Socket } from 'node:net'

type Listener = (value?: unknown) => void

export class FakeSocket {
  readonly remoteAddress = '198.51.100.7'
  readonly remotePort = 40_000
  readonly localAddress = '192.0.2.53'
  readonly localPort = 53
  /** Bytes that were written and not drained. */
  writableLength = 0
  writable = true
  /** All bytes that were written. */
  readonly written: Uint8Array[] = []
  isDestroyed = false
  #isPaused = false
  readonly #listeners = new Map<string, Listener>()

  /** The part of a socket that connections use. */
  get socket(): Socket {
    return this as unknown as Socket
  }

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, listener)
    return this
  }

  emit(event: string, value?: unknown): void {
    this.#listeners.get(event)?.(value)
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes)
    this.writableLength += bytes.length
    return false
  }

  /** The peer has read everything. */
  drain(): void {
    this.writableLength = 0
    this.emit('drain')
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  isPaused(): boolean {
    return this.#isPaused
  }

  end(): void {
    this.writable = false
  }

  destroy(): void {
    this.isDestroyed = true
  }

  resetAndDestroy(): void {
    this.isDestroyed = true
  }
}
