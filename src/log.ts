// The log interface of all modules. `runtime/log-writer.ts` implements it; answering threads format their own lines.
import { printable } from './printable.ts'

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'fatal'

/** `coredns`: lines such as "[INFO] plugin/x: text". `json`: one object for each line. */
export type LogFormat = 'coredns' | 'json'

/** What a line is about, for programs: members of the JSON object. The text of the line is complete without them. */
export type LogFields = Readonly<Record<string, string | number | boolean>>

/** Writes one line for each call, with control characters escaped (`printable`). Never throws and never blocks on the reader. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warning(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  fatal(message: string, fields?: LogFields): void
  /** The same log with CoreDNS' prefix "plugin/NAME: " before each message. */
  plugin(name: string): Log
  /** The same log with these fields on each line. */
  with(fields: LogFields): Log
}

/** A line of an answering thread. */
export interface LogRecord {
  readonly level: LogLevel
  /** The plugin in the line's prefix; undefined = no prefix. */
  readonly plugin?: string
  readonly message: string
  /** Called only where fields are written. */
  readonly fields?: () => LogFields
}

/**
 * Formats a line, without a newline at its end. `wallNow` is in milliseconds since 1970; only JSON lines have a time.
 * The members of a JSON line are those of `runtime/log-writer.ts`.
 */
export function formatLine(format: LogFormat, record: LogRecord, wallNow: number): string {
  const { level, plugin, message, fields } = record
  const msg = printable(message)
  if (format === 'coredns') {
    const prefix = plugin === undefined ? '' : `plugin/${plugin}: `
    return `[${level.toUpperCase()}] ${prefix}${msg}`
  }
  const time = new Date(wallNow).toISOString()
  // The texts of fields are names in presentation format and exceptions; JSON reads the escapes of `printable`.
  return printable(JSON.stringify({ level, time, plugin, ...fields?.(), msg }))
}

interface WarningLimitOptions {
  readonly log: Log
  /** performance.now(). */
  readonly now: () => number
  /** Lines in each minute. */
  readonly perMinute: number
  /** The line after the last one of a minute. */
  readonly rest: string
}

/** Writes warnings of one kind, at most a number of them in each minute, so that objects of others cannot fill the log. */
export class WarningLimit {
  readonly #options: WarningLimitOptions
  #windowStart = Number.NEGATIVE_INFINITY
  #lines = 0

  constructor(options: WarningLimitOptions) {
    this.#options = options
  }

  /** Writes the line, or leaves it out. */
  write(message: string, fields: LogFields): void {
    const { log, now, perMinute, rest } = this.#options
    const time = now()
    if (time - this.#windowStart >= 60_000) {
      this.#windowStart = time
      this.#lines = 0
    }
    this.#lines++
    if (this.#lines <= perMinute) log.warning(message, fields)
    else if (this.#lines === perMinute + 1) log.warning(rest)
  }
}
