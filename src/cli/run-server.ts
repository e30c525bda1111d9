// Runs a server until a signal ends it: start, banner, reloads, shutdown, exit codes (coredns coremain/run.go,
// caddy sigtrap_posix.go).
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { startReloader } from '../plugins/reload/reloader.ts'
import { createLogWriter, type LogWriter } from '../runtime/log-writer.ts'
import { type RunningServer, type ServeOptions, serve } from '../server/serve.ts'
import type { Flags } from './flags.ts'
import { writePidfile } from './pidfile.ts'
import type { Signals } from './signals.ts'
import { version, versionText } from './version.ts'
import { zoneLines } from './zone-lines.ts'

/** How long the log's reader may take for the last lines, in milliseconds. */
const FLUSH_MS = 1000

export interface RunOptions {
  readonly flags: Flags
  readonly signals: Signals
  /** Reads the configuration; called again for every reload. */
  readonly load: () => Config
  /** Opens the sources where it is not the Corefile that says how; for the demo. */
  readonly opener?: (log: Log) => Promise<NonNullable<ServeOptions['open']>>
  /** Called once it serves; what it returns is written below the banner. */
  readonly greeting?: (server: RunningServer) => string
}

/** Starts the server; resolves when it serves. The process exits when a signal says so. */
export async function runServer(options: RunOptions): Promise<void> {
  const { flags, signals, load } = options
  let current: Config = load()
  const writer = createLogWriter({
    format: flags.logFormat,
    debug: () => current.blocks.some(({ debug }) => debug),
  })
  const { log } = writer
  surviveUncaught(writer)
  for (const warning of current.warnings) log.warning(warning)
  const open = await options.opener?.(log)
  const server = await serve(current, {
    writer,
    version,
    transport: flags.transport,
    ...(open === undefined ? {} : { open }),
  }).catch(async (error: unknown) => {
    await writer.close(FLUSH_MS)
    throw error
  })
  writePidfile(flags.pidfile, log)
  const ports = server.addresses.map(({ port }) => port)
  if (!flags.quiet) writer.writeLines(zoneLines(current, ports))
  if (current.reload !== undefined) {
    log.plugin('reload').info(`Running configuration SHA512 = ${current.hash}`)
  }
  if (!flags.quiet) writer.writeLines(versionText())
  if (options.greeting !== undefined) writer.writeLines(options.greeting(server))

  const reloader = startReloader({
    load,
    apply: async (config) => {
      await server.reload(config)
      current = config
    },
    current: () => current,
    log,
  })

  const exit = async (code: number): Promise<never> => {
    await writer.close(FLUSH_MS)
    process.exit(code)
  }
  let stopping = false
  const stop = async (): Promise<never> => {
    stopping = true
    reloader.stop()
    await server.stop()
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
        void reloader.now()
        break
      default:
        // SIGHUP: ignored, as in CoreDNS.
        break
    }
  })
}

/** A bug on the control thread must not take the answers down with it; it is said loudly instead. */
function surviveUncaught(writer: LogWriter): void {
  const say = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    writer.log.error(`Recovered from an unexpected error, please report it: ${text}`)
  }
  process.on('uncaughtException', say)
  process.on('unhandledRejection', say)
}
