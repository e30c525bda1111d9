// The thread of a worker that explores.
import { parentPort, workerData } from 'node:worker_threads'
import { readCorpus } from './corpus.ts'
import { type Explored, explore } from './explore.ts'
import { Input } from './input.ts'
import type { Job } from './messages.ts'
import { type Finding, Runner } from './runner.ts'
import { loadTarget } from './targets.ts'

/** What the thread posts: findings, then the counts so far, at last what it has kept. */
export type ExploreMessage =
  | { readonly finding: Finding }
  | { readonly packets: number; readonly runs: number }
  | { readonly explored: Explored; readonly packets: number; readonly runs: number }

export interface ExploreData {
  readonly job: Job
  readonly packets: number
  readonly seconds: number
  /** The memory of an `Input`. */
  readonly buffer: SharedArrayBuffer
}

const { job, packets, seconds, buffer } = workerData as ExploreData
const post = (message: ExploreMessage) => parentPort!.postMessage(message)
const kind = await loadTarget(job.target)
const runner = await Runner.create(kind, new Input(buffer), [], (finding) => post({ finding }))
const end = performance.now() + 1000 * seconds
const seeds = [...kind.seeds(), ...readCorpus(job.target).values()]
const explored = await explore(runner, seeds, job.seed, packets, async () => {
  await new Promise((done) => setImmediate(done))
  post({ packets: runner.packets, runs: runner.runs })
  return performance.now() < end
})
runner.close()
post({ explored, packets: runner.packets, runs: runner.runs })
parentPort!.close()
