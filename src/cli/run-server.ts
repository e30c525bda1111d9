// Runs a server until a signal ends it: start, banner, reloads, shutdown, exit codes (coredns coremain/run.go,
// caddy sigtrap_posix.go).
import type { Config } from '../config.ts'
import { errorStack, errorText } from '../errors.ts'
import type { Log } from '../log.ts'
import type { NodeNetwork } from '../node-cache/node-network.ts'
import { createLogWriter, type LogWriter } from '../runtime/log-writer.ts'
import { type RunningServer, type ServeOptions, serve } from '../server/serve.ts'
import { version } from '../version.ts'
import type { Flags } from './flags.ts'
import { writePidfile } from './pidfile.ts'
import type { Signals } from './signals.ts'
import { printTo } from './terminal.ts'
import { versionText } from './version.ts'
import { zoneLines } from './zone-lines.ts'

/** How long the exit waits until the log reader has received the last lines, in milliseconds. */
const FLUSH_MS = 1000

/** What `runServer` needs of a command. */
interface RunOptions {
  readonly flags: Flags
  readonly signals: Signals
  /** Reads the configuration; called again for every reload. `onRead` gets the text of each file that is read. */
  readonly load: (onRead?: (text: string) => void) => Config
  /** Opens the sources instead of the Corefile's; for the demo. */
  readonly opener?: (log: Log) => Promise<NonNullable<ServeOptions['open']>>
  /** The interface and the rules of a node cache, which come and go with the server. */
  readonly network?: (log: Log) => Promise<NodeNetwork>
  /** True: the end of the terminal ends the server. Default: SIGHUP is ignored. */
  readonly endsOnHangup?: boolean
  /** Called when the server serves; returns a text that is printed after the banner. */
  readonly greeting?: (server: RunningServer) => string
}

/** Starts the server; resolves when it serves. A signal ends the process. */
export async function runServer(options: RunOptions): Promise<void> {
  const { flags, signals, load } = options
  const first = load()
  let server: RunningServer | undefined
  const config = () => server?.config ?? first
  const isDebugging = () => config().blocks.some(({ settings }) => settings.debug)
  const writer = createLogWriter({ format: flags.logFormat, debug: isDebugging })
  const { log } = writer
  const onFatal = (reason: string) => void endByException(writer, reason)
  recoverExceptions(writer, isDebugging, onFatal)
  for (const warning of first.warnings) log.warning(warning)
  const open = await options.opener?.(log)
  const network = await options.network?.(log)
  const failStart = async (error: unknown): Promise<never> => {
    await network?.remove()
    await writer.close(FLUSH_MS)
    throw error
  }
  await network?.setUp().catch(failStart)
  let isStopping = () => false
  await serve(first, {
    writer,
    version,
    transport: flags.transport,
    load,
    onFatal,
    onServing: (serving) => {
      server = serving
      writePidfile(flags.pidfile, log)
      const stopped = { server: serving, network, writer }
      isStopping = followSignals(signals, stopped, options.endsOnHangup ?? false)
    },
    onEnd: () => void exitAfterFlush(writer, 1),
    ...(open === undefined ? {} : { open }),
  }).catch(failStart)
  if (server === undefined || isStopping()) return
  await network?.takeQueries(() => server?.addresses ?? []).catch(failStart)
  if (isStopping()) return
  if (!flags.quiet) {
    const ports = server.addresses.map(({ port }) => port)
    writer.writeLines(zoneLines(server.config, ports))
  }
  server.announce()
  if (!flags.quiet) writer.writeLines(versionText())
  if (options.greeting !== undefined) writer.writeLines(options.greeting(server))
}

/** What a signal stops. */
interface Stopped {
  readonly server: RunningServer
  readonly network: NodeNetwork | undefined
  readonly writer: LogWriter
}

/** Follows the signals; returns whether one of them stops the server. */
function followSignals(
  signals: Signals,
  { server, network, writer }: Stopped,
  endsOnHangup: boolean,
): () => boolean {
  const { log } = writer
  const exit = (code: number) => exitAfterFlush(writer, code)
  let stopping = false
  const stop = async (): Promise<never> => {
    stopping = true
    await network?.leave()
    try {
      await server.stop()
    } catch (error) {
      log.error(`stopping: ${errorText(error)}`)
    }
    await network?.remove()
    return exit(0)
  }
  signals.deliver((signal) => {
    switch (signal) {
      case 'SIGTERM':
        if (stopping) return
        log.info('SIGTERM: Shutting down servers then terminating')
        void stop()
        break
      case 'SIGINT':
        if (stopping) {
          log.info('SIGINT: Force quit')
          void exit(2)
          return
        }
        log.info('SIGINT: Shutting down')
        void stop()
        break
      case 'SIGQUIT':
        log.info('SIGQUIT: Quitting process immediately')
        void exit(0)
        break
      case 'SIGUSR1':
        void server.reloadNow()
        break
      case 'SIGUSR2':
        log.warning('SIGUSR2: ignored; this server does not upgrade itself')
        break
      default:
        // SIGHUP: ignored, as in CoreDNS, but for the demo.
        if (!endsOnHangup || stopping) return
        log.info('SIGHUP: Shutting down')
        void stop()
        break
    }
  })
  return () => stopping
}

async function exitAfterFlush(writer: LogWriter, code: number): Promise<never> {
  await writer.close(FLUSH_MS)
  process.exit(code)
}

/** The exit code of a Go program that panics, like CoreDNS with `debug`. */
const EXCEPTION_EXIT_CODE = 2

/**
 * Logs exceptions on the control thread, so that the server keeps answering. With `debug` an exception ends the
 * process, because CoreDNS' `debug` disables recovery.
 */
function recoverExceptions(
  writer: LogWriter,
  isDebugging: () => boolean,
  onFatal: (reason: string) => void,
): void {
  const recover = (error: unknown): void => {
    const text = errorStack(error)
    if (isDebugging()) onFatal(text)
    else writer.log.error(`Recovered from an unexpected exception, please report it: ${text}`)
  }
  process.on('uncaughtException', recover)
  process.on('unhandledRejection', recover)
}

async function endByException(writer: LogWriter, reason: string): Promise<never> {
  await writer.close(FLUSH_MS)
  printTo(process.stderr, reason)
  process.exit(EXCEPTION_EXIT_CODE)
}
