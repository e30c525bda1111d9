// The text of a weight file in shared memory, from the control thread to the answering threads.

import { WeightTable } from './weight-table.ts'
import { parseWeights } from './weights.ts'

/** Odd while the text is written; it grows with each text. */
const GENERATION = 0
/** Bytes of the text. */
const LENGTH = 1
const HEADER_BYTES = 8

/** The largest weight file: about 40,000 addresses. Pages that are never written cost address space only. */
export const MAX_WEIGHT_BYTES = 1024 * 1024

export function createWeightsMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + MAX_WEIGHT_BYTES)
}

/** Publishes a text without faults, of MAX_WEIGHT_BYTES bytes at most. Only one thread publishes. */
export function publishWeights(memory: SharedArrayBuffer, text: Uint8Array): void {
  const words = new Int32Array(memory, 0, HEADER_BYTES / 4)
  Atomics.add(words, GENERATION, 1)
  new Uint8Array(memory, HEADER_BYTES).set(text)
  Atomics.store(words, LENGTH, text.length)
  Atomics.add(words, GENERATION, 1)
}

/** One thread's view of the weights. */
export class WeightsReader {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  #generation = 0
  #table = new WeightTable([])

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, HEADER_BYTES / 4)
    this.#bytes = new Uint8Array(memory, HEADER_BYTES)
  }

  /** The weights of the last text. It is parsed once for each thread, and else this costs one read. */
  get table(): WeightTable {
    const generation = Atomics.load(this.#words, GENERATION)
    const isNew = generation !== this.#generation && (generation & 1) === 0
    if (isNew) this.#read(generation)
    return this.#table
  }

  /** Keeps the former weights if another text comes meanwhile. */
  #read(generation: number): void {
    const text = this.#bytes.slice(0, Atomics.load(this.#words, LENGTH))
    if (Atomics.load(this.#words, GENERATION) !== generation) return
    const weights = parseWeights(new TextDecoder().decode(text))
    if ('names' in weights) this.#table = new WeightTable(weights.names)
    this.#generation = generation
  }
}
