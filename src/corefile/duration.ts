// Parses Go's durations ("1h30m", "0.5s", "100ms") with Go's errors, and formats them as Go does.

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}

/** A duration in milliseconds, or the error text of Go. */
type DurationResult =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly message: string }

/** Go's time.ParseDuration; the result is in milliseconds and can have a fraction. */
export function parseDuration(text: string): DurationResult {
  const fail = (what: string): DurationResult => ({
    ok: false,
    message: `time: ${what} ${quoteBytes(text)}`,
  })
  let rest = text.replace(/^[-+]/, '')
  if (rest === '0') return { ok: true, ms: 0 }
  if (rest === '') return fail('invalid duration')
  let sum = 0
  while (rest !== '') {
    const [number = ''] = /^(?:\d+\.?\d*|\.\d+)/.exec(rest) ?? []
    if (number === '') return fail('invalid duration')
    rest = rest.slice(number.length)
    const [unit = ''] = /^[^.\d]*/.exec(rest) ?? []
    if (unit === '') return fail('missing unit in duration')
    const scale = Object.hasOwn(NANOSECONDS, unit) ? NANOSECONDS[unit] : undefined
    if (scale === undefined) return fail(`unknown unit ${quoteBytes(unit)} in duration`)
    rest = rest.slice(unit.length)
    sum += Number(number) * scale
    if (sum >= 2 ** 63) return fail('invalid duration')
  }
  return { ok: true, ms: (text.startsWith('-') ? -sum : sum) / 1e6 }
}

/** Formats milliseconds as Go prints a duration: "1m30s", "500ms", "0s". */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < 0.001) return `${digits(ms * 1e6)}ns`
  if (ms < 1) return `${digits(ms * 1e3)}µs`
  if (ms < 1000) return `${digits(ms)}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = `${digits((ms % 60_000) / 1000)}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

function digits(value: number): string {
  return String(Number(value.toFixed(9)))
}

/** Go's time package quotes byte by byte. */
function quoteBytes(text: string): string {
  const quoted = [...Buffer.from(text)].map((byte) => {
    if (byte < 0x20 || byte >= 0x80) return `\\x${byte.toString(16).padStart(2, '0')}`
    const char = String.fromCharCode(byte)
    return char === '"' || char === '\\' ? `\\${char}` : char
  })
  return `"${quoted.join('')}"`
}
