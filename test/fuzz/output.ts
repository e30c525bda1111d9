// Space for a reply between bytes that nothing may change.
import { Violation } from './target.ts'

const CANARY = 0x5a
const CANARIES = 64

export class Output {
  readonly bytes = new Uint8Array(CANARIES + 65_535 + CANARIES).fill(CANARY)
  /** Where the reply starts. */
  readonly at = CANARIES

  /** Before a reply of at most `limit` bytes is written. */
  prepare(limit: number): void {
    this.bytes.fill(CANARY, this.at + limit, this.at + limit + CANARIES)
  }

  /** Throws if the reply has more than `limit` bytes, or bytes outside of the space were written. */
  check(length: number, limit: number): void {
    if (length > limit) throw new Violation(`${length} bytes were written, more than ${limit}`)
    const { bytes, at } = this
    for (let i = 0; i < CANARIES; i++) {
      if (bytes[at - 1 - i] !== CANARY || bytes[at + limit + i] !== CANARY) {
        throw new Violation('bytes outside of the space for the reply were written')
      }
    }
  }
}
