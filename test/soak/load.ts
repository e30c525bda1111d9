// The handle of the thread that asks (load-worker.ts).
import { EventEmitter, once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Histogram } from './histogram.ts'
import { ACKNOWLEDGED, type LoadOptions, type LoadReport, type ToLoad } from './load-messages.ts'
import type { Expected } from './slots.ts'

/** Counts of some time, with histograms in place of bytes. */
export interface LoadCounts extends Omit<LoadReport, 'udp' | 'tcp' | 'echo'> {
  readonly udp: Histogram
  readonly tcp: Histogram
  readonly echo: Histogram
}

/** A running load. Times are those of `clock()`. */
export interface Load {
  /** These answers are about to be written; resolves when they are accepted. */
  readonly allow: (answers: readonly Expected[]) => Promise<void>
  /** These answers are right, and others wrong when they are asked after `until`. */
  readonly expect: (answers: readonly Expected[], until: number) => void
  /** Upstreams are about to fail; resolves when that is excused. */
  readonly fail: (what: string) => Promise<void>
  /** Upstreams work again, and answer everything that is asked after `until`. */
  readonly recover: (until: number) => void
  /** The counts since the last report. */
  readonly report: () => Promise<LoadCounts>
  /** Asks no more; resolves to the last counts when all replies have come, or are given up. */
  readonly finish: () => Promise<LoadCounts>
}

/** Milliseconds of a clock that all threads share and that never jumps. */
export function clock(): number {
  return performance.timeOrigin + performance.now()
}

/** Starts to ask. A failure of the thread rejects the next report. */
export function startLoad(options: LoadOptions): Load {
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: options })
  const ended = once(worker, 'exit')
  const failed = new Promise<never>((_, reject) => worker.once('error', reject))
  failed.catch(() => {})
  const send = (message: ToLoad) => worker.postMessage(message)
  // Acknowledgements come in the order of what they acknowledge.
  const waiting: (() => void)[] = []
  const reports = new EventEmitter()
  worker.on('message', (message: LoadReport | typeof ACKNOWLEDGED) => {
    if (message === ACKNOWLEDGED) waiting.shift()?.()
    else reports.emit('report', message)
  })
  const acknowledged = (message: ToLoad) =>
    new Promise<void>((done) => {
      waiting.push(done)
      send(message)
    })
  const fetch = async (kind: 'report' | 'finish'): Promise<LoadCounts> => {
    send({ kind })
    const [report] = (await Promise.race([once(reports, 'report'), failed])) as [LoadReport]
    const [udp, tcp, echo] = [report.udp, report.tcp, report.echo].map((one) => new Histogram(one))
    return { ...report, udp: udp!, tcp: tcp!, echo: echo! }
  }
  return {
    allow: (answers) => acknowledged({ kind: 'allow', answers }),
    expect: (answers, until) => send({ kind: 'expect', answers, until }),
    fail: (what) => acknowledged({ kind: 'fail', from: clock(), what }),
    recover: (until) => send({ kind: 'recover', until }),
    report: () => fetch('report'),
    finish: async () => {
      const counts = await fetch('finish')
      await ended
      return counts
    },
  }
}
