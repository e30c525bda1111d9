// The log interface of all modules. `runtime/log-writer.ts` implements it.

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'fatal'

/** Writes one line for each call; `message` has no newline. Never throws and never blocks on the reader. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
  error(message: string): void
  fatal(message: string): void
  /** The same log with CoreDNS' prefix "plugin/NAME: " before each message. */
  plugin(name: string): Log
}
