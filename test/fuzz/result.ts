// What a fuzz run prints, and RESULT.md.
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { commitOf } from '../support/commit.ts'
import type { MemorySample, Status } from './messages.ts'
import { targets } from './targets.ts'

const FILE = new URL('RESULT.md', import.meta.url)

/** What is known of one target; filled while it runs. */
export interface TargetResult {
  readonly target: string
  /** One text for each. */
  readonly findings: string[]
  isDone: boolean
  status?: Status
  memory?: { readonly early: MemorySample; readonly late: MemorySample }
  seconds?: number
}

type Results = ReadonlyMap<string, TargetResult>

const count = (number: number) => number.toLocaleString('en-US')
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0)

/** A line of all targets that run, or have. */
export function progressLine(results: Results): string {
  const parts = [...results.values()].map(({ target, status, isDone, findings }) => {
    const state = isDone ? 'done' : (status?.phase ?? 'starts')
    const found = findings.length === 0 ? '' : `, ${findings.length} findings`
    return `${target} ${count(status?.packets ?? 0)} (${state}${found})`
  })
  return parts.join(' | ')
}

/** The text at the end of a run. */
export function summary(results: Results, seed: number, isInterrupted: boolean): string {
  const all = [...results.values()]
  const packets = all.reduce((sum, { status }) => sum + (status?.packets ?? 0), 0)
  const findings = all.reduce((sum, one) => sum + one.findings.length, 0)
  const how = isInterrupted ? 'interrupted after' : 'ended after'
  return `${rows(results)}\n\nfuzz: ${how} ${count(packets)} packets, ${findings} findings, seed ${seed}\n`
}

function rows(results: Results): string {
  const head = [
    '| target | packets | seconds | inputs kept | blocks of `src` | findings | RSS at 10 % and at the end, MB | heap, MB |',
    '|---|---|---|---|---|---|---|---|',
  ]
  const body = [...results.values()].map(({ target, status, seconds, findings, memory }) => {
    const of = (part: keyof MemorySample) =>
      memory === undefined
        ? '-'
        : `${megabytes(memory.early[part])}, ${megabytes(memory.late[part])}`
    const cells = [
      target,
      count(status?.packets ?? 0),
      (seconds ?? 0).toFixed(0),
      count(status?.kept ?? 0),
      count(status?.blocks ?? 0),
      findings.length,
      of('rss'),
      of('heap'),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [...head, ...body].join('\n')
}

/** Writes RESULT.md. */
export async function writeResult(
  results: Results,
  seed: number,
  isInterrupted: boolean,
): Promise<void> {
  const facts = {
    commit: await commitOf('test/fuzz/RESULT.md'),
    day: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    node: process.version,
    isInterrupted,
  }
  await writeFile(FILE, resultText(results, seed, facts))
}

/** The text of RESULT.md. */
export function resultText(
  results: Results,
  seed: number,
  facts: {
    readonly commit: string
    readonly day: string
    readonly cores: number
    readonly node: string
    readonly isInterrupted: boolean
  },
): string {
  const packets = [...results.values()].reduce((sum, { status }) => sum + (status?.packets ?? 0), 0)
  const subjects = [...results.keys()].map((name) => `- ${name}: ${targets.get(name)!.subject}`)
  const found = [...results.values()].flatMap(({ target, findings }) => {
    return findings.map((text) => `- ${target}: ${text}`)
  })
  return `# What the fuzzers found

Written by \`npm run test:fuzz -- --record --seed ${seed}\` at commit ${facts.commit}, on ${facts.day}, on ${facts.cores} cores,
with Node ${facts.node}: ${count(packets)} packets in total${facts.isInterrupted ? ', when it was interrupted' : ''}. Memory is measured after a full garbage collection.
[CONTRIBUTING.md](../../CONTRIBUTING.md#fuzzing) lists what is checked for every packet.

${rows(results)}

${subjects.join('\n')}

Findings: ${found.length === 0 ? 'none.' : `\n\n${found.join('\n')}`}
`
}
