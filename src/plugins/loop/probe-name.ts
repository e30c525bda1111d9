// The name that `loop` asks for, in shared memory: the control thread sets it, and the answering threads recognise it and
// count how often it arrives.
import { NAME_MAX_SIZE, TYPE_HINFO } from '../../dns/codes.ts'
import type { Request } from '../../dns/request.ts'

const LENGTH = 0
const ARRIVALS = 1
const NAME = 2
const BYTES = 4 * NAME + NAME_MAX_SIZE + 1

/** What the component shares with the answering threads, by index of the block: the buffer of its `ProbeName`. */
export type LoopShared = Readonly<Record<number, SharedArrayBuffer>>

/** The control thread's side. */
export class ProbeName {
  readonly buffer = new SharedArrayBuffer(BYTES)
  readonly #words = new Int32Array(this.buffer, 0, NAME)
  readonly #name = new Uint8Array(this.buffer, 4 * NAME)

  /** From now on queries for this name, in wire form and lower case, are counted from 0. */
  set(name: Uint8Array): void {
    this.clear()
    this.#name.set(name)
    Atomics.store(this.#words, ARRIVALS, 0)
    Atomics.store(this.#words, LENGTH, name.length)
  }

  /** No query is counted any longer. */
  clear(): void {
    Atomics.store(this.#words, LENGTH, 0)
  }

  /** True between `set` and `clear`. */
  get isActive(): boolean {
    return Atomics.load(this.#words, LENGTH) !== 0
  }
}

/** An answering thread's side. */
export class ProbeNameReader {
  readonly #words: Int32Array
  readonly #name: Uint8Array

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, NAME)
    this.#name = new Uint8Array(buffer, 4 * NAME)
  }

  /** True for the HINFO query of a probe that is under way. */
  matches({ type, name, nameLength }: Request): boolean {
    if (type !== TYPE_HINFO || Atomics.load(this.#words, LENGTH) !== nameLength) return false
    for (let i = 0; i < nameLength; i++) if (name[i] !== this.#name[i]) return false
    return true
  }

  /** Counts an arrival; returns how many there were, with this one. */
  count(): number {
    return Atomics.add(this.#words, ARRIVALS, 1) + 1
  }
}
