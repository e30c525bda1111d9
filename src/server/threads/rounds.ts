// The life of a thread without an event loop: rounds of work, and between them the messages of the control thread.
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { errorText } from '../../errors.ts'
import { THREAD_INBOX } from '../shared/counters.ts'
import type { FromWorker, PlanMessage, ToWorker } from '../shared/messages.ts'
import { collectGarbage } from './garbage.ts'

/** What the thread does. */
interface Work {
  /** One round; it sleeps if there is nothing to do. */
  readonly step: () => void
  /** Serves a plan from now on; throws if it cannot. */
  readonly serve: (message: PlanMessage) => void
  /** Ends the work, in `graceMs` at most. */
  readonly stop: (graceMs: number) => void
}

/** Works until the control thread stops the thread. */
export function runRounds(port: MessagePort, threadCounters: Int32Array, work: Work): void {
  const post = (message: FromWorker): void => port.postMessage(message)
  for (;;) {
    if (Atomics.exchange(threadCounters, THREAD_INBOX, 0) !== 0) {
      let received = receiveMessageOnPort(port)
      for (; received !== undefined; received = receiveMessageOnPort(port)) {
        const message = received.message as ToWorker
        if (message.type === 'stop') {
          work.stop(message.graceMs)
          post({ type: 'stopped' })
          return
        }
        if (message.type === 'plan') post(served(message, work))
        if (message.type === 'collect') collectGarbage()
      }
    }
    work.step()
  }
}

function served(message: PlanMessage, { serve }: Work): FromWorker {
  const { id } = message
  try {
    serve(message)
    return { type: 'planned', id }
  } catch (error) {
    return { type: 'failed', id, message: errorText(error) }
  }
}
