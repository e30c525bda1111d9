// Collects the chunks of a response or of an event until it is complete. Chunks are copied into one block: as separate
// buffers, chunks of one byte would take a hundred times their size.
import { type ReceiveLimits, tooLarge } from './receive-limits.ts'

const MIN_CAPACITY = 4096

/** The buffers of all requests to one API server, which share a limit. */
export class ReceiveBuffers {
  readonly limits: ReceiveLimits
  /** Bytes allocated for incomplete responses and events. */
  #allocated = 0

  constructor(limits: ReceiveLimits) {
    this.limits = limits
  }

  /** An empty buffer; `what` names its content in error texts. It must be released when it is no longer needed. */
  open(what: string): ReceiveBuffer {
    return new ReceiveBuffer(this, what)
  }

  /** The whole of `body`; `what` names it in error texts. Rejects with ApiError "too_large", or as `body` does. */
  async collect(what: string, body: AsyncIterable<Buffer>): Promise<Buffer> {
    const buffer = this.open(what)
    try {
      for await (const chunk of body) buffer.append(chunk)
      return buffer.take()
    } finally {
      buffer.release()
    }
  }

  /** Changes the number of bytes allocated for `what`. Throws ApiError "too_large" over the shared limit. */
  resize(what: string, from: number, to: number): void {
    const { bufferedBytes, remedy } = this.limits
    const allocated = this.#allocated + to - from
    if (to > from && allocated > bufferedBytes) {
      throw tooLarge(`${what}, with all others at the same time,`, bufferedBytes, remedy)
    }
    this.#allocated = allocated
  }
}

/** The bytes of one incomplete response or event. */
export class ReceiveBuffer {
  readonly #owner: ReceiveBuffers
  readonly #what: string
  #block = Buffer.alloc(0)
  #length = 0

  constructor(owner: ReceiveBuffers, what: string) {
    this.#owner = owner
    this.#what = what
  }

  get length(): number {
    return this.#length
  }

  /** Appends a copy of `chunk`. Throws ApiError "too_large". */
  append(chunk: Buffer): void {
    const length = this.#length + chunk.length
    this.requireSize(length)
    if (length > this.#block.length) this.#grow(length)
    chunk.copy(this.#block, this.#length)
    this.#length = length
  }

  /** Throws ApiError "too_large" when the content, of `bytes` in total, exceeds the limit. */
  requireSize(bytes: number): void {
    const { responseBytes, remedy } = this.#owner.limits
    if (bytes > responseBytes) throw tooLarge(this.#what, responseBytes, remedy)
  }

  /** Returns the content and releases the buffer. */
  take(): Buffer {
    const content = this.#block.subarray(0, this.#length)
    this.release()
    return content
  }

  /** Empties the buffer. */
  release(): void {
    this.#owner.resize(this.#what, this.#block.length, 0)
    this.#block = Buffer.alloc(0)
    this.#length = 0
  }

  #grow(length: number): void {
    const { responseBytes } = this.#owner.limits
    const doubled = Math.max(MIN_CAPACITY, 2 * this.#block.length, length)
    const capacity = Math.max(length, Math.min(doubled, responseBytes))
    this.#owner.resize(this.#what, this.#block.length, capacity)
    const block = Buffer.allocUnsafe(capacity)
    this.#block.copy(block, 0, 0, this.#length)
    this.#block = block
  }
}
