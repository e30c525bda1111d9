// Bytes of a watch stream to lines of text. Chunks end anywhere, in the middle of a UTF-8 character too, so
// bytes are only decoded when a line is complete (0x0A is never part of a longer UTF-8 sequence).

/** Far above etcd's 1.5 MB an object: something that is no watch stream must not fill memory. */
const MAX_LINE = 64 * 1024 * 1024

export class LineSplitter {
  #rest: Buffer[] = []
  #length = 0

  /** The complete lines up to the end of this chunk, one at a time; empty lines are left out. */
  *push(bytes: Uint8Array): Generator<string> {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let start = 0
    for (;;) {
      const end = chunk.indexOf(10, start)
      if (end < 0) break
      const line = this.#join(chunk.subarray(start, end))
      start = end + 1
      if (line !== '' && line !== '\r') yield line
    }
    if (start === chunk.length) return
    this.#length += chunk.length - start
    if (this.#length > MAX_LINE) throw new RangeError(`a line is longer than ${MAX_LINE} bytes`)
    // Copied: the rest of a chunk would otherwise keep the whole chunk alive.
    this.#rest.push(Buffer.from(chunk.subarray(start)))
  }

  #join(end: Buffer): string {
    if (this.#rest.length === 0) return end.toString('utf8')
    const line = Buffer.concat([...this.#rest, end]).toString('utf8')
    this.#rest = []
    this.#length = 0
    return line
  }
}
