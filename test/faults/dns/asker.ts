// Run as a program: asks a DNS server the same questions all the time, and keeps the books of each kind of question. It
// is a process of its own, so that nothing that a test does delays a question. `asking.ts` starts it.
import { startUpstream } from '../../support/upstream-server.ts'
import type { FromAsker, Question, Tally, ToAsker } from './asking.ts'
import { openCarrier } from './carriers.ts'
import { judge } from './judge.ts'

/** Keeps the books of one kind of question, and asks it every `everyMs`. */
class Kind {
  readonly question: Question
  readonly #carrier
  readonly #tryMs: number
  #tally = emptyTally()
  #lastRightAt = performance.now()
  #serial = 0

  constructor(question: Question, port: number, tryMs: number) {
    this.question = question
    this.#tryMs = tryMs
    this.#carrier = openCarrier(question.over, port)
    setInterval(() => void this.#ask(), question.everyMs)
  }

  get tally(): Tally {
    return this.#tally
  }

  /** Begins a new tally; returns the last one. Questions in flight stay in the tally in which they were asked. */
  next(): Tally {
    const last = this.#tally
    last.longestGapMs = Math.max(last.longestGapMs, performance.now() - this.#lastRightAt)
    this.#tally = emptyTally()
    this.#lastRightAt = performance.now()
    return last
  }

  async #ask(): Promise<void> {
    const tally = this.#tally
    tally.asked++
    tally.open++
    const serial = this.#serial++
    const name = this.question.name.replace('*', `${process.pid}-${serial}`)
    if (!(await this.#try(name, tally))) {
      tally.lostAtFirst++
      if (!(await this.#try(name, tally))) tally.lostAfterRetry++
    }
    tally.open--
  }

  /** Asks once; true if there is a right answer. */
  async #try(name: string, tally: Tally): Promise<boolean> {
    const reply = await this.#carrier(name, this.question.type, this.#tryMs)
    const verdict = judge(reply, this.question)
    if (verdict === 'right') {
      const now = performance.now()
      if (tally === this.#tally) {
        tally.longestGapMs = Math.max(tally.longestGapMs, now - this.#lastRightAt)
        this.#lastRightAt = now
      }
      tally.right++
      return true
    }
    if (verdict !== 'none') tally.failures[verdict] = (tally.failures[verdict] ?? 0) + 1
    if (verdict.startsWith('wrong')) tally.wrong++
    return false
  }
}

function emptyTally(): Tally {
  const counts = { asked: 0, right: 0, lostAtFirst: 0, lostAfterRetry: 0, wrong: 0, open: 0 }
  return { ...counts, longestGapMs: 0, failures: {} }
}

let kinds: readonly Kind[] = []
const upstream = await startUpstream()
const send = (message: FromAsker) => void process.send!(message)
const report = (tallies: readonly (readonly [kind: string, tally: Tally])[]) =>
  send({ type: 'tallies', tallies: Object.fromEntries(tallies) })

process.on('message', async (message: ToAsker) => {
  switch (message.type) {
    case 'start':
      kinds = message.questions.map((one) => new Kind(one, message.port, message.tryMs))
      break
    case 'accept':
      for (const { question } of kinds) {
        if (question.kind === message.kind) question.right = message.right
      }
      break
    case 'peek':
      report(kinds.map((kind) => [kind.question.kind, kind.tally]))
      break
    case 'next': {
      const tallies = kinds.map((kind) => [kind.question.kind, kind.next()] as const)
      while (tallies.some(([, { open }]) => open > 0)) {
        await new Promise((done) => setTimeout(done, 20))
      }
      report(tallies)
      break
    }
    case 'silence':
      upstream.silence(message.on)
      break
  }
})
process.on('disconnect', () => process.exit(0))
send({ type: 'upstream', address: upstream.address })
