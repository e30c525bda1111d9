// The control side of a hosts table: where the next map is built, and when readers get it.
import { ReaderEpochs } from '../../../zone/reader-epochs.ts'
import {
  CONTROL_FILE,
  createMemory,
  type HostsHandle,
  type HostsMemory,
  memoryOf,
} from './layout.ts'
import { MapBuilder } from './map-builder.ts'

/** The first word of the memory that is used: 0 means "none". */
const START = 1

export class HostsTable {
  readonly #handle: Omit<HostsHandle, 'inline'>
  readonly #control: Int32Array
  readonly #memory: HostsMemory
  readonly #epochs: ReaderEpochs
  #inline = 0
  #halvesStart = START
  /** The epoch in which the half that is not in force was last seen by readers. */
  #retiredIn = 0

  /** `bytes` is the size of the address space, a multiple of 8. */
  constructor(bytes?: number) {
    this.#handle = createMemory(bytes)
    this.#control = new Int32Array(this.#handle.control)
    this.#memory = memoryOf(this.#handle)
    this.#epochs = new ReaderEpochs(this.#control)
  }

  /** The memory for readers. `publishInline` comes before. */
  get handle(): HostsHandle {
    return { ...this.#handle, inline: this.#inline }
  }

  /** A builder for the map of the inline lines. It must be published before the file is read. */
  inlineBuilder(): MapBuilder {
    return new MapBuilder(this.#memory, START, this.#memory.words.length)
  }

  /** The inline lines have the map that `builder` has finished. */
  publishInline(builder: MapBuilder, map: number): void {
    this.#inline = map
    this.#halvesStart = builder.end
  }

  /** True when no reader can see the half into which the next file is read. */
  get isFree(): boolean {
    return this.#epochs.allPast(this.#retiredIn)
  }

  /** A builder for the map of the file, in the half that is not in force. Wait until `isFree`. */
  fileBuilder(): MapBuilder {
    const { words } = this.#memory
    const middle = this.#halvesStart + ((words.length - this.#halvesStart) >>> 1)
    return this.#control[CONTROL_FILE] === this.#halvesStart
      ? new MapBuilder(this.#memory, middle, words.length)
      : new MapBuilder(this.#memory, this.#halvesStart, middle)
  }

  /** Readers get the map of the file that a builder has finished, all names at once. */
  publishFile(map: number): void {
    Atomics.store(this.#control, CONTROL_FILE, map)
    this.#retiredIn = this.#epochs.current
    this.#epochs.next()
  }

  /** Ends the read of a thread that has ended. */
  releaseReader(id: number): void {
    this.#epochs.release(id)
  }
}
