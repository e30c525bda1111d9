// npm run test:fuzz: one process for each target, as many at once as there are cores.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArguments, usage } from './arguments.ts'
import { writeFinding } from './corpus.ts'
import { type Job, STOP, type WorkerMessage } from './messages.ts'
import { progressLine, summary, type TargetResult, writeResult } from './result.ts'

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))
const PROGRESS_MS = 5000
/** Shares of the packets by target: those that take less time get more. */
const WEIGHTS: Readonly<Record<string, number>> = {
  parser: 80,
  alias: 4,
  packet: 6,
  cache: 4.5,
  upstream: 5,
  tcp: 0.5,
}

let options: ReturnType<typeof parseArguments>
try {
  options = parseArguments(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`fuzz: ${error instanceof Error ? error.message : error}\n\n${usage()}`)
  process.exit(2)
}
if (options === undefined) {
  process.stdout.write(usage())
  process.exit(0)
}

const { seed, packets, seconds, workers, record } = options
const results = new Map<string, TargetResult>()
const children = new Set<ReturnType<typeof fork>>()
let isInterrupted = false

const queue = [...options.targets]
const weight = (target: string) => WEIGHTS[target] ?? 1
const weights = queue.reduce((sum, target) => sum + weight(target), 0)
const jobs = queue.map((target): Job => {
  return { target, seed, packets: Math.ceil((packets * weight(target)) / weights), seconds }
})

process.on('SIGINT', stop)
process.on('SIGTERM', stop)
process.stdout.write(`fuzz: seed ${seed}\n`)
const timer = setInterval(() => process.stdout.write(`${progressLine(results)}\n`), PROGRESS_MS)
await Promise.all(Array.from({ length: workers }, work))
clearInterval(timer)
process.stdout.write(`\n${summary(results, seed, isInterrupted)}`)
if (record) await writeResult(results, seed, isInterrupted)
const hasFailed = [...results.values()].some(({ findings, isDone }) => {
  return findings.length > 0 || !(isDone || isInterrupted)
})
process.exitCode = hasFailed ? 1 : isInterrupted ? 130 : 0

function stop(): void {
  isInterrupted = true
  jobs.length = 0
  for (const child of children) if (child.connected) child.send(STOP)
}

async function work(): Promise<void> {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await run(job)
}

function run(job: Job): Promise<void> {
  const result: TargetResult = { target: job.target, findings: [], isDone: false }
  results.set(job.target, result)
  const child = fork(WORKER, [serialize(job)], {
    execArgv: ['--experimental-ffi', '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  })
  children.add(child)
  child.on('message', (message: WorkerMessage) => {
    if (message.kind === 'finding') {
      const { finding } = message
      const comments = [finding.message, `seed ${seed}`]
      if (!finding.isAlone) comments.push('the input alone is no finding: repeat the run')
      const file = writeFinding(job.target, finding.sample, comments)
      result.findings.push(finding.message)
      process.stderr.write(`${job.target}: ${finding.message}\n  ${file}\n`)
      return
    }
    result.status = message.status
    if (message.kind !== 'done') return
    result.memory = message.memory
    result.seconds = message.seconds
    result.isDone = true
  })
  return new Promise((done) => {
    child.on('exit', (code, signal) => {
      children.delete(child)
      if (!result.isDone) {
        const text = `the worker ended with ${signal ?? `code ${code}`}`
        result.findings.push(text)
        process.stderr.write(`${job.target}: ${text}\n`)
      }
      done()
    })
  })
}

/** JSON has no Infinity. */
function serialize(job: Job): string {
  return JSON.stringify(job, (_key, value: unknown) => {
    return value === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : value
  })
}
