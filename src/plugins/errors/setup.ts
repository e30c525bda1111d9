// errors: logs the errors of plugins while they answer queries.
//
//   errors [stdout] {
//     stacktrace
//     consolidate DURATION REGEXP [warning|error|info|debug] [show_first]
//   }
import type { Dispenser } from '../../corefile/dispenser.ts'
import { formatDuration } from '../../corefile/duration.ts'
import { compileRegExp } from '../../corefile/regexp.ts'
import { durationOr } from '../arguments.ts'
import { nextOnce, type Plugin } from '../plugin.ts'
import { errorsComponent } from './component.ts'
import type { ConsolidateRule, ErrorsConfig } from './runtime.ts'

/** Bytes. */
const PATTERN_MAX_SIZE = 10_000
const LEVELS = ['warning', 'error', 'info', 'debug'] as const

export const errors: Plugin<ErrorsConfig> = {
  name: 'errors',
  syntax:
    'errors [stdout] { stacktrace; ' +
    'consolidate DURATION REGEXP [warning|error|info|debug] [show_first] }',

  setup({ tokens }) {
    const consolidate: ConsolidateRule[] = []
    const times = { count: 0 }
    let stacktrace = false
    while (nextOnce(tokens, times)) {
      const args = tokens.remainingArgs()
      if (args.length > 1) throw tokens.argErr()
      if (args.length === 1 && args[0] !== 'stdout') {
        throw tokens.errf(`invalid log file: ${args[0]}`)
      }
      while (tokens.nextBlock()) {
        const option = tokens.val()
        if (option === 'stacktrace') stacktrace = true
        else if (option === 'consolidate') consolidate.push(consolidateRule(tokens))
        else throw tokens.syntaxErr(`Unknown field ${option}`)
      }
    }
    return { plugin: 'errors', stacktrace, consolidate }
  },

  settings: ({ stacktrace }) => (stacktrace ? { stacktrace } : {}),

  describe({ consolidate, stacktrace }) {
    const periods = consolidate.map(({ periodMs, pattern }) => {
      return `those like '${pattern}' once every ${formatDuration(periodMs)}`
    })
    const stack = stacktrace ? ['unexpected exceptions with their stack traces'] : []
    return ['logs the errors of plugins', ...periods, ...stack].join('; ')
  },

  component: errorsComponent,
}

function consolidateRule(tokens: Dispenser): ConsolidateRule {
  const args = tokens.remainingArgs()
  if (args.length < 2 || args.length > 4) throw tokens.argErr()
  const [duration = '', pattern = '', ...options] = args
  const periodMs = durationOr(duration, (message) => tokens.errf(message))
  const size = Buffer.byteLength(pattern)
  if (size > PATTERN_MAX_SIZE) {
    throw tokens.errf(`regex pattern too long: ${size} > ${PATTERN_MAX_SIZE}`)
  }
  const regexp = compileRegExp(pattern)
  if (!regexp.ok) throw tokens.errf(regexp.message)

  let level: ConsolidateRule['level'] | undefined
  let showFirst = false
  for (const option of options) {
    const levelName = LEVELS.find((name) => name === option)
    if (levelName !== undefined) {
      if (level !== undefined) throw tokens.errf('multiple log levels specified in consolidate')
      if (showFirst) throw tokens.errf('log level must come before show_first in consolidate')
      level = levelName
    } else if (option === 'show_first') showFirst = true
    else throw tokens.errf(`unknown option in consolidate: ${option}`)
  }
  return { periodMs, pattern, level: level ?? 'error', showFirst }
}
