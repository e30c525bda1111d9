// Cuts a stream of bytes into lines. Works on bytes, so that neither lines nor characters that are split over
// chunks get hurt.

const NEWLINE = 0x0a
/** More than any object can have: etcd refuses objects of 1.5 MB, and JSON may triple them. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

export class LineSplitter {
  #rest: Buffer[] = []
  #restBytes = 0

  /** The lines that end in this chunk, without their newlines; empty ones are left out. */
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
    if (this.#restBytes > MAX_LINE_BYTES) throw new RangeError('a line of the stream never ends')
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
