// The process that fuzzes one target: a thread explores, then this thread mutates what it has kept. The arguments are
// those of `Job`, as JSON.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { fuzz } from './engine.ts'
import type { Explored } from './explore.ts'
import type { ExploreData, ExploreMessage } from './explore-thread.ts'
import { Input } from './input.ts'
import { type Job, type MemorySample, STOP, type WorkerMessage } from './messages.ts'
import { Runner } from './runner.ts'
import { loadTarget } from './targets.ts'
import { watch } from './watchdog.ts'

/** The part of the packets, or of the time, with which it explores; but at most so many packets. */
const EXPLORING = 1 / 100
const EXPLORING_MAX = 20_000
const EXPLORING_SECONDS = 1 / 4
const EARLY = 1 / 10
const STATUS_MS = 500

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
const job = JSON.parse(process.argv[2]!) as Job
const kind = await loadTarget(job.target)
const startedAt = performance.now()
const input = new Input()
let isStopped = false
let explored: Explored = { kept: [], blocks: 0 }
let before = { packets: 0, runs: 0 }
let thread: Worker | undefined

const send = (message: WorkerMessage) => void process.send?.(message)
const known = new Set<string>()
const watched = watch(job.target, input.buffer)

process.on('message', (message) => {
  if (message !== STOP) return
  isStopped = true
  void thread?.terminate()
})
// The main process gets the signal too, and says when to end.
process.on('SIGINT', () => {})

await exploreInThread()
const runner = await Runner.create(kind, input, known, (finding) =>
  send({ kind: 'finding', finding }),
)
const mutatingSince = performance.now()
let early: MemorySample | undefined
let statusAt = 0
await fuzz(runner, explored.kept, job.seed + 1, job.packets - before.packets, async () => {
  // Lets messages in.
  await new Promise((done) => setImmediate(done))
  watched.alive()
  const mutating = (performance.now() - mutatingSince) / 1000
  const done = Math.max(
    total().packets / job.packets,
    mutating / (job.seconds * (1 - EXPLORING_SECONDS)),
  )
  if (early === undefined && done >= EARLY) early = memory()
  if (performance.now() - statusAt > STATUS_MS) {
    statusAt = performance.now()
    send({ kind: 'status', status: status('mutate') })
  }
  return !isStopped && done < 1
})
const late = memory()
send({
  kind: 'done',
  status: status('mutate'),
  memory: { early: early ?? late, late },
  seconds: seconds(),
})
runner.close()
watched.end()
process.disconnect?.()

function seconds(): number {
  return (performance.now() - startedAt) / 1000
}

function total() {
  return { packets: before.packets + runner.packets, runs: before.runs + runner.runs }
}

function status(phase: 'explore' | 'mutate') {
  const counts = phase === 'explore' ? before : total()
  return { ...counts, kept: explored.kept.length, blocks: explored.blocks, phase }
}

/** After a full collection: the heap, and the memory of the process. */
function memory(): MemorySample {
  // The buffers that one collection finds are freed at the beginning of the next one.
  for (let i = 0; i < 3; i++) gc()
  const { rss, heapUsed } = process.memoryUsage()
  return { rss, heap: heapUsed }
}

function exploreInThread(): Promise<void> {
  const data: ExploreData = {
    job,
    packets: Math.min(EXPLORING_MAX, job.packets * EXPLORING),
    seconds: job.seconds * EXPLORING_SECONDS,
    buffer: input.buffer,
  }
  const exploring = new Worker(new URL('explore-thread.ts', import.meta.url), { workerData: data })
  thread = exploring
  return new Promise((done, fail) => {
    exploring.on('error', fail)
    exploring.on('exit', () => done())
    exploring.on('message', (message: ExploreMessage) => {
      watched.alive()
      if ('finding' in message) {
        known.add(message.finding.key)
        send({ kind: 'finding', finding: message.finding })
        return
      }
      before = { packets: message.packets, runs: message.runs }
      if ('explored' in message) explored = message.explored
      send({ kind: 'status', status: status('explore') })
    })
  })
}
