// The log: CoreDNS' lines ("[INFO] plugin/x: text") or pino's JSON, on stdout. pino and its destination do the
// writing: asynchronous and bounded, so a reader that stalls costs lines, which are counted, and never time.
import { constants, fstatSync, openSync } from 'node:fs'
import { type DestinationStream, pino } from 'pino'
import type { Log, LogLevel } from '../log.ts'

export type LogFormat = 'coredns' | 'json'

export interface LogWriter {
  readonly log: Log
  /** Writes lines of the query log as they are; each ends in a newline. */
  writeLines(text: string): void
  /** Lines that no reader took. */
  readonly dropped: number
  /** Resolves when all that was written is with the reader, there is none any more, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>
  /** Resolves when everything is written, or after `timeoutMs` when the reader does not take it. */
  close(timeoutMs: number): Promise<void>
}

export interface LogWriterOptions {
  readonly format?: LogFormat
  /** True with `debug`: debug lines are written. */
  readonly debug?: () => boolean
  /** Default: stdout. */
  readonly fd?: number
}

/** Bytes that may wait for the reader; lines beyond it are dropped. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024

const LEVELS = { debug: 20, info: 30, warning: 40, error: 50, fatal: 60 } as const

/** Opens the log on a file descriptor. */
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
  // EPIPE and the like: there is no reader any more, and nowhere to say so.
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
          // Else pino tries again at exit, for as long as it takes.
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
 * Standard output. A pipe or terminal is opened once more without blocking: a write to a full one would hold a
 * thread of the pool, and the exit of the process with it. A file is not: it would get a second position, and
 * what others write to it and what we write would overwrite each other.
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
