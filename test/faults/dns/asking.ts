// Starts the asker (`asker.ts`), and reads its books.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { waitFor } from '../../support/wait-for.ts'
import { ALL_FAULTS } from '../extent.ts'
import type { Over } from './carriers.ts'

/** One kind of question, which is asked all the time. */
export interface Question {
  readonly kind: string
  /** `*` stands for a label that differs with each question. */
  readonly name: string
  readonly type: string
  readonly over: Over
  readonly everyMs: number
  readonly rcode: string
  /** The data of right answers: each as sorted presentation forms with spaces between; empty for any. */
  right: readonly string[]
}

/** The books of one kind of question. */
export interface Tally {
  asked: number
  /** Right answers, to first tries and retries. */
  right: number
  /** Questions whose first try got no right answer. */
  lostAtFirst: number
  /** Questions whose retry, on another port or connection, got no right answer either. */
  lostAfterRetry: number
  wrong: number
  /** Questions without an outcome yet. */
  open: number
  /** The longest time between two right answers. */
  longestGapMs: number
  /** The verdicts that are neither `right` nor `none`. */
  readonly failures: Record<string, number>
}

export type Tallies = Readonly<Record<string, Tally>>

export type ToAsker =
  | {
      readonly type: 'start'
      readonly port: number
      readonly tryMs: number
      readonly questions: readonly Question[]
    }
  | { readonly type: 'accept'; readonly kind: string; readonly right: readonly string[] }
  /** Send the tallies as they are. */
  | { readonly type: 'peek' }
  /** Begin new tallies; send the last ones as soon as they have no open question. */
  | { readonly type: 'next' }
  /** The upstream counts questions and sends nothing. */
  | { readonly type: 'silence'; readonly on: boolean }

export type FromAsker =
  | { readonly type: 'upstream'; readonly address: string }
  | { readonly type: 'tallies'; readonly tallies: Tallies }

export interface Asking {
  /** Of the upstream server that runs beside the asker: `host:port`. */
  readonly upstream: string
  /** Starts to ask; resolves when every kind has right answers. */
  readonly start: (port: number, questions: readonly Question[]) => Promise<void>
  /** The answers that are right from now on. */
  readonly accept: (kind: string, right: readonly string[]) => void
  /** Begins new books. */
  readonly begin: () => Promise<void>
  /** Resolves when each of these kinds has some right answers from now on. */
  readonly answered: (kinds?: readonly string[]) => Promise<void>
  /** Ends the books, when the last question has its outcome; resolves to them. */
  readonly end: () => Promise<Tallies>
  /** Makes the upstream server silent, or ends that. */
  readonly silence: (on: boolean) => void
  readonly stop: () => Promise<void>
}

/** How long a try waits: longer than resolvers do, because a shared machine stands still for seconds. */
const TRY_MS = ALL_FAULTS ? 15_000 : 30_000
/** Right answers that make a kind count as answered. */
const ENOUGH = 5

/** Starts the program; it ends with this process. */
export async function startAsking(): Promise<Asking> {
  const child = fork(new URL('asker.ts', import.meta.url), { execArgv: [] })
  const [first] = (await once(child, 'message')) as [FromAsker]
  if (first.type !== 'upstream') throw new Error('the asker has not started')
  const send = (message: ToAsker) => void child.send(message)
  const get = async (type: 'peek' | 'next'): Promise<Tallies> => {
    send({ type })
    const [message] = (await once(child, 'message')) as [FromAsker]
    if (message.type !== 'tallies') throw new Error('the asker sent no tallies')
    return message.tallies
  }
  const answered = async (kinds?: readonly string[]) => {
    const before = await get('peek')
    let found: readonly string[] = []
    await waitFor(
      'all kinds of questions are answered',
      async () => {
        const now = await get('peek')
        found = (kinds ?? Object.keys(now)).filter(
          (kind) => now[kind]!.right - before[kind]!.right < ENOUGH,
        )
        return found.length === 0
      },
      { timeoutMs: 180_000, everyMs: 100, detail: () => `without an answer: ${found.join(', ')}` },
    )
  }
  return {
    upstream: first.address,
    start: async (port, questions) => {
      send({ type: 'start', port, tryMs: TRY_MS, questions })
      await answered()
    },
    accept: (kind, right) => send({ type: 'accept', kind, right }),
    begin: async () => void (await get('next')),
    answered,
    end: () => get('next'),
    silence: (on) => send({ type: 'silence', on }),
    stop: async () => {
      if (child.exitCode !== null || !child.connected) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
