// The arguments of `npm run soak`.
import { parseArgs } from 'node:util'

/** What the user asked for: a run of so many minutes, the help text, or an error to show. */
export type SoakArguments =
  | { readonly kind: 'run'; readonly minutes: number }
  | { readonly kind: 'help' }
  | { readonly kind: 'error'; readonly message: string }

const DEFAULT_HOURS = 1.5
const MAX_HOURS = 1000

export const USAGE = `usage: npm run soak -- [HOURS]
       npm run soak -- --minutes MINUTES

Runs the built server with a whole Corefile on a real API server, while Services, EndpointSlices and Pods change,
the Corefile is reloaded, the API server restarts and upstreams fail. Questions are asked all the time, and each
reply is compared with what the objects say. Memory and latency are measured, and judged at the end.

  HOURS              default ${DEFAULT_HOURS}; at most ${MAX_HOURS}
  --minutes MINUTES  for a short run; its judgements of trends mean little
  -h, --help         shows this text

Ctrl-C ends the run: it is judged as far as it came, and its report is marked as incomplete.
The report is test/soak/RESULT.md. Exit code 0: all judgements hold; 1: one fails, or the run failed; 2: wrong usage.
`

/** Reads the arguments behind the program's name. */
export function readArguments(args: readonly string[]): SoakArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, minutes: { type: 'string' } },
    })
    if (values.help) return { kind: 'help' }
    if (positionals.length > 1) return failure(`one number of hours, not ${positionals.length}`)
    const [hours] = positionals
    if (values.minutes === undefined) return duration(hours ?? String(DEFAULT_HOURS), 'hours', 60)
    if (hours !== undefined) return failure('either HOURS or --minutes, not both')
    return duration(values.minutes, 'minutes', 1)
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error))
  }
}

function duration(text: string, unit: string, factor: number): SoakArguments {
  const minutes = /^\d*\.?\d+$/.test(text) ? Number(text) * factor : Number.NaN
  if (minutes > 0 && minutes <= 60 * MAX_HOURS) return { kind: 'run', minutes }
  return failure(`"${text}" is no number of ${unit} above 0 and up to ${(MAX_HOURS * 60) / factor}`)
}

function failure(message: string): SoakArguments {
  return { kind: 'error', message }
}
