// The labels of a relative name, for lookups of a part of it. One object is reused, so the packet path allocates nothing.
import { copyRange, hasAt } from '../../dns/bytes.ts'
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import type { TableReader } from '../../zone/table-reader.ts'

const UNDERSCORE = 0x5f
const LABEL_MAX_SIZE = 63
/** Bytes of `_tcp`. */
const SHORTEST_PROTOCOL = 4

/** The labels of the name that `read` got last; valid while its bytes do not change. */
export class LabelStarts {
  /** The number of labels. */
  count = 0
  #name: Uint8Array = new Uint8Array(0)
  #length = 0
  /** Labels have two bytes at least. */
  readonly #starts = new Uint8Array(NAME_MAX_SIZE)
  readonly #words = new Int32Array(Math.ceil(NAME_MAX_SIZE / 4))
  readonly #key = new Uint8Array(this.#words.buffer)

  /** Takes the first `length` bytes of a lower-case wire name. */
  read(name: Uint8Array, length: number): void {
    this.#name = name
    this.#length = length
    let count = 0
    for (let at = 0; at < length; at += name[at]! + 1) this.#starts[count++] = at
    this.count = count
  }

  /** The offset of a label, counted from 0, at its length byte. */
  start(label: number): number {
    return this.#starts[label]!
  }

  /** True when the last labels are those of `tail`, a relative wire name of one label. */
  endsWith(tail: Uint8Array): boolean {
    return this.hasAt(this.count - 1, tail)
  }

  /** True when the labels of `part`, a relative wire name, stand at a label. */
  hasAt(label: number, part: Uint8Array): boolean {
    return hasAt(this.#name, part, this.start(label))
  }

  /** True for a label that is only an underscore. */
  isUnderscore(label: number): boolean {
    const start = this.start(label)
    return this.#name[start] === 1 && this.#name[start + 1] === UNDERSCORE
  }

  /** The entry of the name that starts at a label; 0 when there is none. */
  findFrom(table: TableReader, label: number): number {
    const start = this.start(label)
    const length = this.#length - start
    copyRange(this.#name, start, length, this.#key, 0)
    return table.find(this.#words, length)
  }

  /** The entry of the name whose first two labels get an underscore where they lack it; 0 when there is none. */
  findWithUnderscores(table: TableReader): number {
    const first = this.#putWithUnderscore(0, 0)
    const second = first === 0 ? 0 : this.#putWithUnderscore(1, first)
    if (second === 0) return 0
    const start = this.start(2)
    const end = second + this.#length - start
    if (end > NAME_MAX_SIZE) return 0
    copyRange(this.#name, start, this.#length - start, this.#key, second)
    return table.find(this.#words, end)
  }

  /**
   * True when the whole name, of `nameLength` bytes, is not too long with an underscore before its first label and the
   * shortest protocol in place of its second one, `_`.
   */
  fitsWithProtocol(nameLength: number): boolean {
    const size = this.#name[0]!
    const more = this.#name[1] === UNDERSCORE ? 0 : 1
    const longer = more + SHORTEST_PROTOCOL - 1
    return size + more <= LABEL_MAX_SIZE && nameLength + longer <= NAME_MAX_SIZE
  }

  /** Puts a label to the key; returns its end there, 0 when it is too long. */
  #putWithUnderscore(label: number, at: number): number {
    const start = this.start(label)
    const size = this.#name[start]!
    if (this.#name[start + 1] === UNDERSCORE) {
      return copyRange(this.#name, start, size + 1, this.#key, at)
    }
    if (size === LABEL_MAX_SIZE) return 0
    this.#key[at] = size + 1
    this.#key[at + 1] = UNDERSCORE
    return copyRange(this.#name, start + 1, size, this.#key, at + 2)
  }
}
