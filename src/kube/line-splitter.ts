// Splits a stream of bytes into lines. A line or a character may be split across chunks.

const NEWLINE = 0x0a
/** Longer than any object: etcd rejects objects over 1.5 MB, and JSON may triple their size. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

/** Collects chunks and returns the complete lines. */
export class LineSplitter {
  #rest: Buffer[] = []
  #restBytes = 0

  /** The lines that end in this chunk, without newlines; empty lines are dropped. Throws RangeError over 64 MiB. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#take(chunk.subarray(start, end))
      start = end + 1
      if (line !== '') lines.push(line)
    }
    const rest = chunk.subarray(start)
    if (rest.length === 0) return lines
    this.#rest.push(rest)
    this.#restBytes += rest.length
    if (this.#restBytes > MAX_LINE_BYTES)
      throw new RangeError('a line of the stream is longer than 64 MiB')
    return lines
  }

  #take(last: Buffer): string {
    if (this.#rest.length === 0) return last.toString('utf8')
    const line = Buffer.concat([...this.#rest, last]).toString('utf8')
    this.#rest = []
    this.#restBytes = 0
    return line
  }
}
