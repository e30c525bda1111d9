// The limits of all TCP connections of one thread, with counters and a log line when they close a connection.
import { readFileSync } from 'node:fs'
import { type ClientShare, ConnectionLimits, type LimitReason } from '../../connection-limits.ts'
import type { LogRecord } from '../../log.ts'
import { THREAD_TCP_OVER_BUDGET, THREAD_TCP_REPLACED } from '../shared/counters.ts'

interface TcpLimitOptions {
  /** The THREAD_ counters. */
  readonly threadCounters: Int32Array
  readonly writeLog: (record: LogRecord) => void
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number
  /** Default: MAX_CONNECTIONS. */
  readonly maxConnections?: number
  /** Default: MAX_HELD_BYTES. */
  readonly maxBytes?: number
}

/** A connection costs about 10 KB and its kernel buffers. Resolvers open few, so more are a mistake or an attack. */
const MAX_CONNECTIONS = 2000
/**
 * Unsent replies and queries that are not answered yet. Enough for 500 replies of the largest size at once; the server
 * has 512 MB in deploy/dns.
 */
const MAX_HELD_BYTES = 32 * 1024 * 1024
/** The usual soft limit. */
const USUAL_OPEN_FILES = 1024
/** One line in this time, in milliseconds. */
const LOG_INTERVAL_MS = 60_000

/**
 * The most connections of each of `threads` threads that serve TCP, so that all of them take half of the open-file limit at
 * most. Watches, probes, upstreams and new threads need the rest.
 */
export function maxConnectionsOf(openFiles: number, threads: number): number {
  return Math.max(1, Math.min(MAX_CONNECTIONS, Math.floor(openFiles / 2 / threads)))
}

/** The open-file limit of this process (getrlimit(2), RLIMIT_NOFILE), which Node has raised as far as it may. */
export function openFilesLimit(): number {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY
  try {
    const text = readFileSync('/proc/self/limits', 'utf8')
    return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY)
  } catch {
    // No descriptor is free, or /proc is not mounted.
    return USUAL_OPEN_FILES
  }
}

/** Creates the limits of one thread. */
export function createTcpLimits(options: TcpLimitOptions): ConnectionLimits {
  const { maxConnections = MAX_CONNECTIONS, maxBytes = MAX_HELD_BYTES } = options
  const { threadCounters, writeLog, now } = options
  let unlogged = 0
  let nextLine = Number.NEGATIVE_INFINITY
  const onClose = (reason: LimitReason, client: ClientShare): void => {
    const counter = reason === 'bytes' ? THREAD_TCP_OVER_BUDGET : THREAD_TCP_REPLACED
    Atomics.add(threadCounters, counter, 1)
    unlogged++
    if (now() < nextLine) return
    const closed = unlogged
    unlogged = 0
    nextLine = now() + LOG_INTERVAL_MS
    const { name, connections, bytes } = client
    const limit =
      reason === 'bytes'
        ? `unread replies and incomplete queries are at the limit of ${maxBytes} bytes`
        : `the limit of ${limits.maxConnections} connections is reached`
    writeLog({
      level: 'warning',
      message:
        `TCP: ${limit}; closed ${closed} since the last such line. The client with the most, ${name}, ` +
        `had ${connections} connections and ${bytes} bytes`,
      fields: () => ({ client_ip: name, connections, bytes, closed }),
    })
  }
  const limits = new ConnectionLimits({ maxConnections, maxBytes, onClose })
  return limits
}
