// Formats the log as CoreDNS' lines ("[INFO] plugin/x: text") or as pino's JSON; `log-output.ts` writes it.
import { type DestinationStream, pino } from 'pino'
import { formatLine, type Log, type LogFields, type LogFormat, type LogLevel } from '../log.ts'
import { printable, printableLines } from '../printable.ts'
import { LogOutput } from './log-output.ts'

export interface LogWriter {
  readonly log: Log
  readonly format: LogFormat
  /** Prints lines of plain text (in JSON: one object for each), escaped; each ends with a newline. */
  writeLines(text: string): void
  /** Writes lines that an answering thread has formatted; each ends with a newline. */
  writeFormatted(text: string): void
  /** The number of dropped lines. */
  readonly dropped: number
  /** Why lines could not be written; undefined where they could, or where the reader is gone. */
  readonly failure: Error | undefined
  /** Resolves when all lines are written, the reader is gone, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>
  /** Resolves when all lines are written, or after `timeoutMs`; later lines are discarded. */
  close(timeoutMs: number): Promise<void>
}

interface LogWriterOptions {
  readonly format?: LogFormat
  /** Debug lines are written while this returns true; default: never. */
  readonly debug?: () => boolean
  /** Begins the lines of the format `coredns` with their time, too. CoreDNS' own lines have none. */
  readonly times?: boolean
  /** The file descriptor; default: stdout. */
  readonly fd?: number
}

const LEVELS = { debug: 20, info: 30, warning: 40, error: 50, fatal: 60 } as const

/** Opens the log. */
export function createLogWriter(options: LogWriterOptions = {}): LogWriter {
  const { format = 'coredns', debug = () => false, times = false, fd } = options
  const output = new LogOutput(fd)
  const write = format === 'json' ? jsonLines(output) : plainLines(output, times)
  return {
    log: leveledLog(write, debug, undefined, {}),
    format,
    writeLines: (text) => {
      if (format === 'json') printJson(write, text)
      else output.write(printableLines(text))
    },
    writeFormatted: (text) => output.write(text),
    get dropped() {
      return output.dropped
    },
    get failure() {
      return output.failure
    },
    flush: (signal) => output.flush(signal),
    close: (timeoutMs) => output.close(timeoutMs),
  }
}

/** Escapes and writes one line. */
type WriteLine = (
  level: LogLevel,
  plugin: string | undefined,
  message: string,
  fields: LogFields,
) => void

function leveledLog(
  write: WriteLine,
  debug: () => boolean,
  plugin: string | undefined,
  always: LogFields,
): Log {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (level === 'debug' && !debug()) return
    write(level, plugin, message, { ...always, ...fields })
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    fatal: at('fatal'),
    plugin: (name) => leveledLog(write, debug, name, always),
    with: (fields) => leveledLog(write, debug, plugin, { ...always, ...fields }),
  }
}

function printableFields(fields: LogFields): LogFields {
  const entries = Object.entries(fields).map(([name, value]) => {
    return [name, typeof value === 'string' ? printable(value) : value]
  })
  return Object.fromEntries(entries) as LogFields
}

/** Prints each line that is not empty as an object of level info. */
function printJson(write: WriteLine, text: string): void {
  for (const line of text.split('\n')) {
    if (line !== '') write('info', undefined, line, {})
  }
}

function plainLines(destination: DestinationStream, times: boolean): WriteLine {
  return (level, plugin, message) => {
    const now = Date.now()
    const record = { level, message, ...(plugin === undefined ? {} : { plugin }) }
    const time = times ? `${new Date(now).toISOString()} ` : ''
    destination.write(`${time}${formatLine('coredns', record, now)}\n`)
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
  return (level, plugin, message, fields) => {
    const escaped = printableFields(fields)
    logger[level]({ ...(plugin === undefined ? {} : { plugin }), ...escaped }, printable(message))
  }
}
