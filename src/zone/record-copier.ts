// Copies compiled RRs into replies: as many as fit, and each A or AAAA RRset with another record first when asked for.
import { copyRange } from '../dns/bytes.ts'
import type { Exchange } from '../dns/exchange.ts'
import { rrEnd } from './rr.ts'

/** A prime number, which distributes the offsets of answers (multiples of four bytes) evenly. */
const ROTATION_SLOTS = 1021

/** The copier of one zone and thread. */
export class RecordCopier {
  readonly #rotate: boolean
  readonly #answersOnly: boolean
  /** How often each answer was sent, by its offset. One counter for all would stop rotating for alternating queries. */
  readonly #rotations = new Uint32Array(ROTATION_SLOTS)

  /**
   * With `rotate`, each answer starts with another record of the A or AAAA RRset. With `answersOnly`, additional RRs are
   * left out.
   */
  constructor(rotate: boolean, answersOnly = false) {
    this.#rotate = rotate
    this.#answersOnly = answersOnly
  }

  /**
   * Copies `answers` and then `additionals` RRs from `source` behind what the reply has, as many as fit, and sets TC if
   * one is left out (miekg/dns msg_truncate.go). RRs of equal size (`rrSize` > 0) may be rotated.
   */
  copy(
    exchange: Exchange,
    source: Uint8Array,
    start: number,
    size: number,
    answers: number,
    additionals: number,
    rrSize: number,
  ): void {
    if (additionals > 0 && this.#answersOnly) {
      let end = start
      for (let i = 0; i < answers; i++) end = rrEnd(source, end)
      this.copy(exchange, source, start, end - start, answers, 0, rrSize)
      return
    }
    const { room, output } = exchange
    let answersSent = answers
    let additionalsSent = additionals
    if (rrSize > 0) {
      answersSent = Math.min(answers, Math.trunc(room / rrSize))
      const first = this.#rotate && answers > 1 ? this.#nextRotation(start) % answers : 0
      const before = Math.min(answersSent, answers - first)
      const middle = copyRange(source, start + first * rrSize, before * rrSize, output, exchange.at)
      exchange.at = copyRange(source, start, (answersSent - before) * rrSize, output, middle)
    } else if (size <= room) {
      exchange.at = copyRange(source, start, size, output, exchange.at)
    } else {
      let end = start
      let fit = 0
      for (let next = rrEnd(source, end); next - start <= room; next = rrEnd(source, end)) {
        end = next
        fit++
      }
      answersSent = Math.min(fit, answers)
      additionalsSent = fit - answersSent
      exchange.at = copyRange(source, start, end - start, output, exchange.at)
    }
    exchange.count('answers', answersSent)
    exchange.count('additionals', additionalsSent)
    if (answersSent < answers || additionalsSent < additionals) exchange.setTruncated()
  }

  #nextRotation(start: number): number {
    const at = (start >>> 2) % ROTATION_SLOTS
    return this.#rotations[at]!++
  }
}
