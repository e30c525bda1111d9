// The zones of one directive in shared memory. The control thread writes all of them anew when one changes; an answering thread
// that finds another version at its next question copies them, and builds the zones that changed.
//
// control  Int32 words: the version, odd while the memory is written; the bytes that are in use.
// memory   for each zone: length of the name, the wire name, the version of the zone, length of the records, records.
import { keyAt } from './name-key.ts'
import { recordsIn } from './records.ts'
import { Zone } from './zone.ts'

const VERSION = 0
const SIZE = 1

/** Bytes of address space for the zones of one directive. The system provides memory when it is first written. */
const MAX_BYTES = 2 ** 30

/** The shared memory; can be posted to other threads. */
export interface ZoneHandle {
  readonly control: SharedArrayBuffer
  readonly memory: SharedArrayBuffer
}

/** A zone to publish. */
export interface StoredZone {
  /** Wire name in lower case. */
  readonly origin: Uint8Array
  /** Another number for other records. */
  readonly version: number
  /** As `records.ts` has them; empty for a zone that could not be read yet. */
  readonly records: Uint8Array
}

export class ZoneWriter {
  readonly handle: ZoneHandle

  /** `maxBytes` is the address space. */
  constructor(maxBytes = MAX_BYTES) {
    this.handle = {
      control: new SharedArrayBuffer(8),
      memory: new SharedArrayBuffer(0, { maxByteLength: maxBytes }),
    }
  }

  /** Replaces all zones at once. Throws RangeError when they do not fit; the former ones stay. */
  publish(zones: readonly StoredZone[]): void {
    const { control, memory } = this.handle
    const sizes = zones.map(({ origin, records }) => origin.length + records.length + 9)
    const size = sizes.reduce((sum, one) => sum + one, 0)
    if (size > memory.maxByteLength) {
      throw new RangeError(`zones of more than ${memory.maxByteLength} bytes do not fit`)
    }
    if (size > memory.byteLength) memory.grow(size)
    const words = new Int32Array(control)
    const bytes = new Uint8Array(memory)
    const view = new DataView(memory)
    Atomics.add(words, VERSION, 1)
    let at = 0
    for (const { origin, version, records } of zones) {
      view.setUint8(at, origin.length)
      bytes.set(origin, at + 1)
      at += 1 + origin.length
      view.setUint32(at, version)
      view.setUint32(at + 4, records.length)
      bytes.set(records, at + 8)
      at += 8 + records.length
    }
    Atomics.store(words, SIZE, size)
    Atomics.add(words, VERSION, 1)
  }
}

export class ZoneReader {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  #version = -1
  #zones: ReadonlyMap<string, { readonly version: number; readonly zone: Zone }> = new Map()

  constructor({ control, memory }: ZoneHandle) {
    this.#words = new Int32Array(control)
    this.#bytes = new Uint8Array(memory)
  }

  /** The zone with the longest name of those of which `names` has one; `names` are keys, the longest first. */
  find(names: Iterable<string>): Zone | undefined {
    this.#refresh()
    for (const name of names) {
      const zone = this.#zones.get(name)?.zone
      if (zone !== undefined) return zone
    }
    return undefined
  }

  /** While the memory is written, the last zones stay until the next question. */
  #refresh(): void {
    const version = Atomics.load(this.#words, VERSION)
    if (version === this.#version || version % 2 === 1) return
    const copy = this.#bytes.slice(0, Atomics.load(this.#words, SIZE))
    if (Atomics.load(this.#words, VERSION) !== version) return
    this.#version = version
    const view = new DataView(copy.buffer)
    const zones = new Map<string, { readonly version: number; readonly zone: Zone }>()
    for (let at = 0; at < copy.length; ) {
      const key = keyAt(copy, at + 1)
      at += 1 + copy[at]!
      const own = view.getUint32(at)
      const end = at + 8 + view.getUint32(at + 4)
      const known = this.#zones.get(key)
      const records = copy.subarray(at + 8, end)
      zones.set(key, known?.version === own ? known : { version: own, zone: build(key, records) })
      at = end
    }
    this.#zones = zones
  }
}

function build(key: string, records: Uint8Array): Zone {
  const zone = new Zone(key)
  for (const rr of recordsIn(records)) zone.add(rr)
  return zone
}
