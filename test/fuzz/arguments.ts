// The command line of `npm run test:fuzz`.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { targets } from './targets.ts'

export interface FuzzArguments {
  readonly targets: readonly string[]
  /** In total, for all targets; Infinity with `seconds`. */
  readonly packets: number
  /** For each target; Infinity with `packets`. */
  readonly seconds: number
  readonly seed: number
  readonly workers: number
  /** True: RESULT.md is written. */
  readonly record: boolean
}

const DEFAULT_PACKETS = 1e8

/** The text for `--help`. */
export function usage(): string {
  const names = [...targets].map(([name, { subject }]) => `  ${name.padEnd(10)}${subject}`)
  return `usage: npm run test:fuzz -- [OPTIONS] [TARGET...]

Throws mutated packets at parts of the server, and checks what must hold for every packet. Without
TARGET all are fuzzed:
${names.join('\n')}

  --packets N    packets in total, for example 1e8 (the default)
  --seconds N    seconds for each target instead
  --seed N       repeats a run; the default is random, and printed
  --workers N    targets at the same time; default: one for each core
  --record       writes test/fuzz/RESULT.md
  -h, --help     prints this

Findings are minimized and written to test/fuzz/corpus, which the tests replay. Ctrl-C ends the run
with a summary. Exit code: 0 without a finding, 1 with one, 2 for a wrong command line, 130 after
Ctrl-C without a finding.
`
}

/** Throws Error with a text for the user. Undefined for `--help`. */
export function parseArguments(args: readonly string[]): FuzzArguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      packets: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      workers: { type: 'string' },
      record: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const unknown = positionals.find((name) => !targets.has(name))
  if (unknown !== undefined) {
    throw new Error(`unknown target "${unknown}"; targets are ${[...targets.keys()].join(', ')}`)
  }
  if (values.packets !== undefined && values.seconds !== undefined) {
    throw new Error('--packets and --seconds exclude each other')
  }
  const seconds = numberOf('seconds', values.seconds, 1)
  const noPackets = seconds === undefined ? DEFAULT_PACKETS : Number.POSITIVE_INFINITY
  return {
    targets: positionals.length === 0 ? [...targets.keys()] : [...new Set(positionals)],
    packets: numberOf('packets', values.packets, 1) ?? noPackets,
    seconds: seconds ?? Number.POSITIVE_INFINITY,
    seed: numberOf('seed', values.seed, 0) ?? Math.floor(Math.random() * 2 ** 31),
    workers: numberOf('workers', values.workers, 1) ?? availableParallelism(),
    record: values.record,
  }
}

function numberOf(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`--${name} must be a whole number of at least ${least}, not "${text}"`)
}
