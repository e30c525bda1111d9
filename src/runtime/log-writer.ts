// Writes the log to stdout: CoreDNS' lines ("[INFO] plugin/x: text") or pino's JSON. pino writes asynchronously with
// a bounded buffer: a stalled reader causes dropped lines, which are counted, but never delays.
import { constants, fstatSync, openSync } from 'node:fs'
import { type DestinationStream, pino } from 'pino'
import type { Log, LogLevel } from '../log.ts'

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

export interface LogWriterOptions {
  readonly format?: LogFormat
  /** Debug lines are written while this returns true; default: never. */
  readonly debug?: () => boolean
  /** The file descriptor; default: stdout. */
  readonly fd?: number
}

/** Buffered bytes; lines beyond this limit are dropped. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024

const LEVELS = { debug: 20, info: 30, warning: 40, error: 50, fatal: 60 } as const

/** Opens the log. */
export function createLogWriter(options: LogWriterOptions = {}): LogWriter {
  const { format = 'coredns', debug = () => false, fd = openStdout() } = options
  const destination = pino.destination({ fd, sync: false, maxLength: MAX_WAITING_BYTES })
  let dropped = 0
  let closed = false
  let pending = false
  destination.on('drain', () => {
    pending = false
  })
  destination.on('drop', (text: string) => {
    dropped += text.split('\n').length - 1
  })
  // EPIPE and similar errors: the reader is gone, so the error cannot be logged.
  destination.on('error', () => {
    pending = false
  })

  const reader: DestinationStream = {
    write(text) {
      pending = true
      destination.write(text)
    },
  }
  const write = format === 'json' ? jsonLines(reader) : plainLines(reader)
  const log = (plugin: string | undefined): Log => {
    const at = (level: LogLevel) => (message: string) => {
      if (closed || (level === 'debug' && !debug())) return
      write(level, plugin, message.replaceAll('\n', ' '))
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warning: at('warning'),
      error: at('error'),
      fatal: at('fatal'),
      plugin: (name) => log(name),
    }
  }

  return {
    log: log(undefined),
    writeLines(text) {
      if (closed) return
      if (format === 'coredns') {
        reader.write(text)
        return
      }
      for (const line of text.trimEnd().split('\n')) {
        const [, level = 'INFO', message = line] = /^\[(\w+)\] (.*)$/.exec(line) ?? []
        write(level.toLowerCase() as LogLevel, undefined, message)
      }
    },
    get dropped() {
      return dropped
    },
    flush: (signal) =>
      new Promise((resolve) => {
        if (!pending || closed || signal.aborted) return resolve()
        const done = () => {
          for (const name of ['drain', 'error', 'close']) destination.off(name, done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        for (const name of ['drain', 'error', 'close']) destination.on(name, done)
        signal.addEventListener('abort', done)
      }),
    close: (timeoutMs) =>
      new Promise((done) => {
        closed = true
        const timer = setTimeout(() => {
          // Otherwise pino retries at exit without a time limit.
          destination.destroy()
          done()
        }, timeoutMs)
        destination.once('close', () => {
          clearTimeout(timer)
          done()
        })
        destination.end()
      }),
  }
}

/**
 * The descriptor for stdout. A pipe or terminal is reopened with O_NONBLOCK: a blocking write to a full pipe would
 * block a thread of the pool, and with it the exit. A file is not reopened: a second file position would let our
 * lines and those of other processes overwrite each other.
 */
function openStdout(): number {
  try {
    const stdout = fstatSync(1)
    if (!stdout.isFIFO() && !stdout.isCharacterDevice()) return 1
    return openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return 1
  }
}

type WriteLine = (level: LogLevel, plugin: string | undefined, message: string) => void

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
