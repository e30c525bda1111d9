// `clusterset-dns fleet`: runs the controller with its HTTP endpoints until a signal, or one of the commands that run
// once (--dry-run, check, leave, join).
import { Fleet } from '../fleet/fleet.ts'
import { systemClock } from '../kube/clock.ts'
import { RequestMetrics } from '../kube/request-metrics.ts'
import { renderMetrics } from '../metrics.ts'
import { HttpServers } from '../runtime/http.ts'
import { collectWhenIdle } from '../runtime/idle-gc.ts'
import { createLogWriter } from '../runtime/log-writer.ts'
import { ProcessMetrics } from '../runtime/process-metrics.ts'
import { version } from '../version.ts'
import { commandOf } from './commands.ts'
import { reportCrashes } from './crash-report.ts'
import { fleetCheck } from './fleet-check.ts'
import { fleetDryRun } from './fleet-dry-run.ts'
import { type FleetFlags, parseFleetFlags } from './fleet-flags.ts'
import { fleetJoin, fleetLeave } from './fleet-membership.ts'
import { fleetProbes } from './fleet-probes.ts'
import { helpText } from './help.ts'
import type { PageRoutes } from './page/page-routes.ts'
import { FLUSH_MS, IGNORED, replicaName, runOnce, userAgent } from './run-once.ts'
import type { Signals } from './signals.ts'
import { fleetBuildInfo } from './version.ts'

/** Milliseconds that clusters have to answer what /status.json asks them. */
const STATUS_MS = 2000

/** Resolves when the fleet is running; commands that run once exit the process. Rejects when the start fails. */
export async function fleetCommand(args: readonly string[], signals: Signals): Promise<void> {
  reportCrashes()
  const flags = parseFleetFlags(args)
  if (flags === undefined) process.stdout.write(helpText(commandOf(['fleet', ...args])))
  else if (flags.command === 'run' && !flags.dryRun) await run(flags, signals)
  else {
    const { command } = flags
    await runOnce(flags, signals, (...rest) => oneShotCommands[command](flags, ...rest))
  }
}

const oneShotCommands = {
  run: fleetDryRun,
  check: fleetCheck,
  leave: fleetLeave,
  join: fleetJoin,
} as const

async function run(flags: FleetFlags, signals: Signals): Promise<void> {
  const { config, logFormat } = flags
  const writer = createLogWriter({ format: logFormat, debug: () => flags.debug, times: true })
  const { log } = writer
  const requests = new RequestMetrics()
  const processMetrics = new ProcessMetrics()
  const replica = replicaName()
  const deps = { log, requests, userAgent: userAgent(replica) }
  // Loaded when it is asked for: a fleet without the page keeps nothing of it in memory.
  const pageModule = config.page.enabled ? await import('./fleet-page.ts') : undefined
  const history = pageModule?.startHistory(systemClock)
  const fleet = new Fleet({ config, deps, replica, history })
  let page: PageRoutes | undefined
  const http = new HttpServers(log)
  let stopping = false
  const stop = async (): Promise<never> => {
    stopping = true
    page?.close()
    await fleet.close()
    await http.closeAll()
    await writer.close(FLUSH_MS)
    process.exit(0)
  }
  signals.deliver((signal) => {
    if (IGNORED.includes(signal)) {
      if (signal !== 'SIGHUP') log.warning(`${signal}: ignored`)
      return
    }
    if (stopping) process.exit(2)
    log.info(`${signal}: Shutting down`)
    void stop()
  })
  try {
    const metrics = () =>
      renderMetrics([
        fleetBuildInfo(),
        ...fleet.families(),
        ...requests.families(),
        ...processMetrics.families(),
      ])
    const status = () => fleet.status(version, AbortSignal.timeout(STATUS_MS))
    const explain = fleet.explain.bind(fleet)
    const known = { listen: config.listen, hosts: config.page.hosts }
    const probes = fleetProbes({ fleet, metrics, status, explain, known })
    page =
      history && pageModule?.fleetPage({ fleet, status, history, known, log, clock: systemClock })
    await http.serve(new Map([[config.listen, { ...probes, ...page?.routes }]]))
  } catch (error) {
    await fleet.close()
    await writer.close(FLUSH_MS)
    throw error
  }
  const idleMs = () => fleet.controller.quietMs
  collectWhenIdle({ idleMs, rss: process.memoryUsage.rss, busyRestMs: 0 })
  const { members, importMode } = config
  const names = members.map(({ id }) => id).join(', ') || 'from Secrets of the hub'
  log.info(`hub: ${fleet.hub}`)
  log.info(`clusterset-dns-${version}: fleet with members ${names}; import mode ${importMode}`)
}
