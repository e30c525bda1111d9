// The log interface that every part writes to. The writer behind it is in `runtime/log-writer.ts`.

export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'fatal'

/** Writes one line a call; `message` holds no newline. Never throws and never waits for a reader. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
  error(message: string): void
  fatal(message: string): void
  /** The same log with CoreDNS' "plugin/NAME: " in front of each message. */
  plugin(name: string): Log
}
