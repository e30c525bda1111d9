// timeouts: the limits of TCP connections.
//
//   timeouts {
//     read DURATION            default: 3s
//     write DURATION           default: as idle
//     idle DURATION            default: 10s
//     maxtcpqueries N          default: -1, any number
//   }
import type { PluginConfig, TcpSettings } from '../../config.ts'
import type { Dispenser } from '../../corefile/dispenser.ts'
import { formatDuration, parseDuration } from '../../corefile/duration.ts'
import { prefixed } from '../../corefile/error.ts'
import { atoi } from '../../corefile/go-text.ts'
import type { Plugin } from '../plugin.ts'

/** The directive `timeouts` after its setup. */
interface TimeoutsConfig extends PluginConfig {
  readonly plugin: 'timeouts'
  readonly tcp: TcpSettings
}

const MIN_MS = 1000
const MAX_MS = 24 * 3_600_000
/** CoreDNS prefixes some messages with the plugin's name twice. */
const PREFIX = 'plugin/timeouts: '

export const timeouts: Plugin<TimeoutsConfig> = {
  name: 'timeouts',
  syntax: 'timeouts { read DURATION; write DURATION; idle DURATION; maxtcpqueries N }',

  // Like CoreDNS, adds up the options of several directives.
  setup({ tokens }) {
    let tcp: TcpSettings = {}
    while (tokens.next()) {
      if (tokens.remainingArgs().length > 0) throw prefixed(PREFIX, tokens.argErr())
      let options = 0
      while (tokens.nextBlock()) {
        tcp = { ...tcp, ...readOption(tokens) }
        options++
      }
      if (options === 0) {
        throw prefixed(PREFIX, tokens.errf('timeouts block with no timeouts specified'))
      }
    }
    return { plugin: 'timeouts', tcp }
  },

  settings: ({ tcp }) => ({ tcp }),

  describe({ tcp: { readMs, writeMs, idleMs, maxQueries = Number.POSITIVE_INFINITY } }) {
    const reasons = [
      ...(readMs === undefined ? [] : [`${formatDuration(readMs)} without a first query`]),
      ...(idleMs === undefined ? [] : [`${formatDuration(idleMs)} without another query`]),
      ...(writeMs === undefined
        ? []
        : [`${formatDuration(writeMs)} in which a reply is not taken`]),
      ...(Number.isFinite(maxQueries) ? [`${maxQueries} queries`] : []),
    ]
    if (reasons.length === 0) return 'answers any number of queries on a TCP connection'
    return `closes a TCP connection after ${reasons.join(', or after ')}`
  },
}

/** The option at the cursor. */
function readOption(tokens: Dispenser): TcpSettings {
  const name = tokens.val()
  const [value, ...more] = tokens.remainingArgs()
  if (value === undefined || more.length > 0) throw tokens.argErr()
  if (name === 'maxtcpqueries') return { maxQueries: readCount(value, tokens) }
  const ms = readTimeout(value, tokens)
  switch (name) {
    case 'read':
      return { readMs: ms }
    case 'write':
      return { writeMs: ms }
    case 'idle':
      return { idleMs: ms }
    default:
      throw tokens.errf(`unknown option: '${name}'`)
  }
}

function readCount(text: string, tokens: Dispenser): number {
  const count = atoi(text)
  if (!count.ok) {
    throw tokens.errf(`invalid value for maxtcpqueries '${text}': ${count.message}`)
  }
  const { value } = count
  if (value === -1) return Number.POSITIVE_INFINITY
  if (value > 0) return value
  const what = 'needs to be -1 (unlimited) or a positive integer'
  throw tokens.errf(`maxtcpqueries provided '${value}' ${what}`)
}

/** A number without a unit is seconds (coredns plugin/pkg/durations). */
function readTimeout(text: string, tokens: Dispenser): number {
  const withUnit = atoi(text).ok ? `${text}s` : text
  const duration = parseDuration(withUnit)
  if (!duration.ok) throw tokens.errf(`failed to parse duration '${withUnit}'`)
  const { ms } = duration
  if (ms >= MIN_MS && ms <= MAX_MS) return ms
  const what = 'needs to be between 1 second and 24 hours'
  throw tokens.errf(`timeout provided '${formatDuration(ms)}' ${what}`)
}
