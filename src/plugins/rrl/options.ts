// The options of `rrl`, with the defaults and errors of the external plugin (github.com/coredns/rrl plugins/rrl/setup.go).
import type { PluginConfig } from '../../config.ts'
import type { Dispenser } from '../../corefile/dispenser.ts'
import { atoi } from '../../corefile/go-text.ts'
import type { ReplyType } from './reply-type.ts'

/** The directive `rrl` after its setup. */
export interface RrlConfig extends PluginConfig {
  readonly plugin: 'rrl'
  /** Names below these zones are limited; lower-case FQDNs. */
  readonly zones: readonly string[]
  /** The time in which an account recovers from any overdraft, in milliseconds. */
  readonly windowMs: number
  /** Bits of an address that tell client networks apart. */
  readonly ipv4Bits: number
  readonly ipv6Bits: number
  /** Milliseconds of an account that a reply costs, by type; 0 = not limited. */
  readonly costs: Readonly<Record<ReplyType, number>>
  /** Every `slipRatio`-th excess reply is sent truncated; 0 = none. */
  readonly slipRatio: number
  /** Accounts, at least. */
  readonly tableSize: number
  /** Excess replies are counted and sent. */
  readonly reportOnly: boolean
}

/** What the options of one directive have set; a type without a rate has that of `responses`. */
export interface RrlDraft {
  windowMs: number
  ipv4Bits: number
  ipv6Bits: number
  readonly rates: Partial<Record<ReplyType, number>>
  slipRatio: number
  tableSize: number
  reportOnly: boolean
}

export const newRrlDraft = (): RrlDraft => ({
  windowMs: 15_000,
  ipv4Bits: 24,
  ipv6Bits: 56,
  rates: {},
  slipRatio: 0,
  tableSize: 100_000,
  reportOnly: false,
})

/** The largest table: 24 MB of memory when all of it is in use. */
const MAX_TABLE_SIZE = 2_000_000

const RATES: Readonly<Record<string, ReplyType>> = {
  'responses-per-second': 'response',
  'nodata-per-second': 'nodata',
  'nxdomains-per-second': 'nxdomain',
  'referrals-per-second': 'referral',
  'errors-per-second': 'error',
}

/** Reads the option at the cursor with its argument. Throws CorefileError. */
export function readRrlOption(draft: RrlDraft, tokens: Dispenser): void {
  const option = tokens.val()
  const type = RATES[option]
  if (type !== undefined) draft.rates[type] = readNumber(tokens, option)
  else if (option === 'window') draft.windowMs = 1000 * readWindow(tokens)
  else if (option === 'ipv4-prefix-length') draft.ipv4Bits = readInteger(tokens, option, 1, 32)
  else if (option === 'ipv6-prefix-length') draft.ipv6Bits = readInteger(tokens, option, 1, 128)
  else if (option === 'slip-ratio') draft.slipRatio = readInteger(tokens, option, 0, 1000)
  else if (option === 'max-table-size') {
    draft.tableSize = readInteger(tokens, option, 1, MAX_TABLE_SIZE)
  } else if (option === 'report-only') {
    if (tokens.remainingArgs().length > 0) throw tokens.argErr()
    draft.reportOnly = true
  } else if (option === 'requests-per-second') {
    throw tokens.unsupported("option 'requests-per-second' of rrl")
  } else throw tokens.unknownErr(`unknown property '${option}'`)
}

/** The milliseconds that a reply costs, by type. */
export function costsOf({ rates }: RrlDraft): RrlConfig['costs'] {
  const cost = (type: ReplyType) => {
    const rate = rates[type] ?? rates.response ?? 0
    return rate === 0 ? 0 : 1000 / rate
  }
  return {
    response: cost('response'),
    nodata: cost('nodata'),
    nxdomain: cost('nxdomain'),
    referral: cost('referral'),
    error: cost('error'),
  }
}

function argument(tokens: Dispenser): string {
  const [text, ...more] = tokens.remainingArgs()
  if (text === undefined || more.length > 0) throw tokens.argErr()
  return text
}

function readNumber(tokens: Dispenser, option: string): number {
  const text = argument(tokens)
  const value = Number(text)
  if (!/^[\d.+-]/.test(text) || !Number.isFinite(value)) {
    throw tokens.errf(`${option} invalid value. '${text}' is not a number`)
  }
  if (value < 0) throw tokens.errf(`${option} cannot be negative`)
  return value
}

function readWindow(tokens: Dispenser): number {
  const seconds = readNumber(tokens, 'window')
  if (seconds === 0) throw tokens.plainErr('window must be greater than zero')
  return seconds
}

function readInteger(tokens: Dispenser, option: string, least: number, most: number): number {
  const number = atoi(argument(tokens))
  if (!number.ok) throw tokens.errf(`${option} invalid value. ${number.message}`)
  if (number.value < least || number.value > most) {
    throw tokens.errf(`${option} must be between ${least} and ${most}`)
  }
  return number.value
}
