// One input of a target: some messages, then the control bytes of the target. The memory is allocated once, and shared,
// so that the watchdog finds the input of a run that does not end.

/** An input that is kept: its parts, the last of which are the control bytes. */
export type Sample = readonly Uint8Array[]

/** The most parts of an input. */
export const MAX_PARTS = 8
/** The most bytes of a part: the largest message. */
export const PART_MAX = 65_535
/** Bytes of the control part. What they mean is decided by each target. */
export const CONTROL_SIZE = 8

const STRIDE = PART_MAX + 1

/** Bytes that a mutation changes in place: `bytes[0 .. length)`. */
export interface Part {
  readonly bytes: Uint8Array
  length: number
}

/** The input of the next run; a reusable object. */
export class Input {
  /** The parts; the first `count` of them are used. */
  readonly parts: readonly Part[]
  /** The number of parts, then their lengths in bytes, then all bytes. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(buffer = new SharedArrayBuffer(4 * (1 + MAX_PARTS) + MAX_PARTS * STRIDE)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer, 0, 1 + MAX_PARTS)
    this.parts = Array.from({ length: MAX_PARTS }, (_, i) => new SharedPart(buffer, i))
  }

  get count(): number {
    return this.#words[0]!
  }

  set count(count: number) {
    this.#words[0] = count
  }

  /** The number of messages: all parts but the last. */
  get messages(): number {
    return this.count - 1
  }

  /** Control byte `i`; 0 if there is none. */
  control(i: number): number {
    const part = this.parts[this.count - 1]!
    return i < part.length ? part.bytes[i]! : 0
  }

  load(sample: Sample): void {
    this.count = sample.length
    for (let i = 0; i < sample.length; i++) copyTo(this.parts[i]!, sample[i]!)
  }

  /** A copy. */
  sample(): Sample {
    return this.parts.slice(0, this.count).map(({ bytes, length }) => {
      return new Uint8Array(bytes.subarray(0, length))
    })
  }
}

class SharedPart implements Part {
  readonly bytes: Uint8Array
  readonly #lengths: Int32Array
  readonly #index: number

  constructor(buffer: SharedArrayBuffer, index: number) {
    this.#index = 1 + index
    this.#lengths = new Int32Array(buffer, 0, 1 + MAX_PARTS)
    this.bytes = new Uint8Array(buffer, 4 * (1 + MAX_PARTS) + index * STRIDE, PART_MAX)
  }

  get length(): number {
    return this.#lengths[this.#index]!
  }

  set length(length: number) {
    this.#lengths[this.#index] = length
  }
}

/** Makes a part equal to `bytes`. */
export function copyTo(part: Part, bytes: Uint8Array): void {
  const { length } = bytes
  // A loop is faster than set() for few bytes.
  if (length < 256) for (let i = 0; i < length; i++) part.bytes[i] = bytes[i]!
  else part.bytes.set(bytes)
  part.length = length
}

/** Replaces the `removed` bytes at `at` by `size` bytes of `source`; bytes that do not fit are cut off. */
export function splice(
  part: Part,
  at: number,
  removed: number,
  source: Uint8Array,
  from: number,
  size: number,
): void {
  const { bytes, length } = part
  const room = Math.min(size, PART_MAX - at)
  const tail = Math.min(length - at - removed, PART_MAX - at - room)
  if (tail > 0) bytes.copyWithin(at + room, at + removed, at + removed + tail)
  for (let i = 0; i < room; i++) bytes[at + i] = source[from + i] ?? 0
  part.length = at + room + Math.max(0, tail)
}
