// Formats the log as CoreDNS' lines ("[INFO] plugin/x: text") or as pino's JSON; `log-output.ts` writes it.
import { type DestinationStream, pino } from 'pino'
import type { Log, LogLevel } from '../log.ts'
import { LogOutput } from './log-output.ts'

export type LogFormat = 'coredns' | 'json'

export interface LogWriter {
  readonly log: Log
  /** Writes lines of the query log unchanged (in JSON: one object for each); each ends with a newline. */
  writeLines(text: string): void
  /** The number of dropped lines. */
  readonly dropped: number
  /** Resolves when all lines are written, the reader is gone, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>
  /** Resolves when all lines are written, or after `timeoutMs`; later lines are discarded. */
  close(timeoutMs: number): Promise<void>
}

interface LogWriterOptions {
  readonly format?: LogFormat
  /** Debug lines are written while this returns true; default: never. */
  readonly debug?: () => boolean
  /** The file descriptor; default: stdout. */
  readonly fd?: number
}

const LEVELS = { debug: 20, info: 30, warning: 40, error: 50, fatal: 60 } as const

/** Opens the log. */
export function createLogWriter(options: LogWriterOptions = {}): LogWriter {
  const { format = 'coredns', debug = () => false, fd } = options
  const output = new LogOutput(fd)
  const write = format === 'json' ? jsonLines(output) : plainLines(output)
  return {
    log: leveledLog(write, debug, undefined),
    writeLines: (text) => (format === 'json' ? jsonQueryLines(write, text) : output.write(text)),
    get dropped() {
      return output.dropped
    },
    flush: (signal) => output.flush(signal),
    close: (timeoutMs) => output.close(timeoutMs),
  }
}

type WriteLine = (level: LogLevel, plugin: string | undefined, message: string) => void

function leveledLog(write: WriteLine, debug: () => boolean, plugin: string | undefined): Log {
  const at = (level: LogLevel) => (message: string) => {
    if (level === 'debug' && !debug()) return
    write(level, plugin, message.replaceAll('\n', ' '))
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    fatal: at('fatal'),
    plugin: (name) => leveledLog(write, debug, name),
  }
}

/** Converts formatted lines of the query log to JSON. */
function jsonQueryLines(write: WriteLine, text: string): void {
  for (const line of text.trimEnd().split('\n')) {
    const [, level = 'INFO', message = line] = /^\[(\w+)\] (.*)$/.exec(line) ?? []
    write(level.toLowerCase() as LogLevel, undefined, message)
  }
}

function plainLines(destination: DestinationStream): WriteLine {
  return (level, plugin, message) => {
    const where = plugin === undefined ? '' : `plugin/${plugin}: `
    destination.write(`[${level.toUpperCase()}] ${where}${message}\n`)
  }
}

function jsonLines(destination: DestinationStream): WriteLine {
  const logger = pino(
    {
      base: null,
      level: 'debug',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      customLevels: { debug: LEVELS.debug, warning: LEVELS.warning },
    },
    destination,
  )
  return (level, plugin, message) => {
    logger[level](plugin === undefined ? {} : { plugin }, message)
  }
}
