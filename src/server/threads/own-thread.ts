// The control thread as the only answering thread (`-transport single`): no worker, no messages.
import { CodedError, errorText } from '../../errors.ts'
import { THREAD_LOG_PENDING } from '../shared/counters.ts'
import type { SocketPlan, WorkerData } from '../shared/messages.ts'
import type { ServerPlan } from '../shared/plan.ts'
import { EventServer } from './event-server.ts'
import type { AnsweringThread } from './thread.ts'

/** Answers in the thread that creates it. `onLines` is that of `ServerThread`. */
export class OwnThread implements AnsweringThread {
  readonly #server: EventServer

  constructor(data: WorkerData, onLines: (plugin: string, text: string) => void) {
    const counters = new Int32Array(data.threadCounters)
    this.#server = new EventServer(data, (plugin, text) => {
      Atomics.sub(counters, THREAD_LOG_PENDING, text.length)
      onLines(plugin, text)
    })
  }

  async ready(): Promise<void> {}

  async plan(
    plan: ServerPlan,
    sockets: readonly SocketPlan[],
    counters: Readonly<Record<string, SharedArrayBuffer>>,
  ): Promise<void> {
    try {
      await this.#server.serve({ plan, sockets, counters })
    } catch (error) {
      throw new CodedError('LISTEN', errorText(error))
    }
  }

  trim(): void {
    this.#server.trim()
  }

  /** The control thread collects its garbage by itself (runtime/idle-gc.ts). */
  collect(): void {}

  stop(graceMs: number): Promise<void> {
    return this.#server.stop(graceMs)
  }
}
