// Is a reply right? Names whose objects never change have one answer. Names whose objects change have the answers of the
// versions that may still be seen. While upstreams fail, names that only upstreams know are excused.
import type { Question } from './slots.ts'

/** What a reply, or its absence, is judged as. */
export type Verdict = 'right' | 'wrong' | 'lost' | 'excused'

/** A question that was sent, and what came back. Times are milliseconds of one clock. */
export interface Asked {
  readonly question: Question
  /** The answer that upstreams give; undefined for a name of objects. */
  readonly upstream?: string | undefined
  readonly sentAt: number
  /** When the reply came, or when it was given up. */
  readonly endedAt: number
  /** Undefined without a reply. */
  readonly answer: string | undefined
}

interface Version {
  readonly answer: string
  /** From this time on the answer is wrong; Infinity for the current one, and for one that is being written. */
  until: number
}

interface Failure {
  readonly what: string
  readonly from: number
  /** Infinity while it lasts. */
  until: number
}

/** Replies that are on their way for longer than this are given up. */
const KEEP_MS = 30_000

/** The answers that are right. */
export class Expectations {
  readonly #versions = new Map<string, Version[]>()
  readonly #failures: Failure[] = []

  /** Sets the current answer of a question; every other one is wrong when it is asked after `until`. */
  expect({ name, type }: Question, answer: string, until: number): void {
    const key = `${name} ${type}`
    const others = (this.#versions.get(key) ?? []).filter(
      (version) => version.answer !== answer && version.until > until - KEEP_MS,
    )
    for (const version of others) version.until = Math.min(version.until, until)
    this.#versions.set(key, [...others, { answer, until: Number.POSITIVE_INFINITY }])
  }

  /** Accepts a further answer from now on: that of a write which is being sent. */
  allow({ name, type }: Question, answer: string): void {
    const key = `${name} ${type}`
    const others = (this.#versions.get(key) ?? []).filter((version) => version.answer !== answer)
    this.#versions.set(key, [{ answer, until: Number.POSITIVE_INFINITY }, ...others])
  }

  /** The current answer of a question; undefined for one that is not expected. */
  current({ name, type }: Question): string | undefined {
    return this.#versions.get(`${name} ${type}`)?.at(-1)?.answer
  }

  /** Begins an injected failure of upstreams; `what` names its kind. */
  beginFailure(from: number, what: string): void {
    this.#failures.push({ what, from, until: Number.POSITIVE_INFINITY })
  }

  /** Ends the failure that lasts; names of upstreams that are asked before `until` are still excused. */
  endFailure(until: number): void {
    const last = this.#failures.at(-1)
    if (last !== undefined) last.until = until
  }

  /** Judges a question. An old answer is right if it was still allowed when the question was sent. */
  judge(asked: Asked): Verdict {
    const { question, upstream, sentAt, answer } = asked
    if (answer !== undefined && this.#isRight(question, upstream, sentAt, answer)) return 'right'
    if (this.failureOf(asked) !== undefined) return 'excused'
    return answer === undefined ? 'lost' : 'wrong'
  }

  /** The kind of the failure during which a name of upstreams was asked; undefined for all other questions. */
  failureOf({ upstream, sentAt, endedAt }: Asked): string | undefined {
    if (upstream === undefined) return undefined
    return this.#failures.findLast(({ from, until }) => endedAt >= from && sentAt < until)?.what
  }

  #isRight(question: Question, upstream: string | undefined, sentAt: number, answer: string) {
    if (upstream !== undefined) return answer === upstream
    const versions = this.#versions.get(`${question.name} ${question.type}`) ?? []
    return versions.some((version) => version.answer === answer && sentAt < version.until)
  }
}
