// `clusterset-dns fleet`: the controller with its HTTP endpoints, until a signal ends it; with --dry-run until it
// has shown what it would write.

import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { Fleet } from '../fleet/fleet.ts'
import { RequestMetrics } from '../kube/request-metrics.ts'
import { renderMetrics } from '../metrics.ts'
import { HttpServers } from '../server/http.ts'
import { createLogWriter } from '../server/log-writer.ts'
import { processFamilies } from '../server/process-metrics.ts'
import { fleetCheck } from './fleet-check.ts'
import { createDryRun } from './fleet-dry-run.ts'
import { type FleetFlags, fleetUsage, parseFleetFlags } from './fleet-flags.ts'
import { fleetJoin, fleetLeave } from './fleet-membership.ts'
import { fleetProbes } from './fleet-probes.ts'
import type { Signals } from './signals.ts'
import { version } from './version.ts'

const FLUSH_MS = 1000
/** A dry run waits this long for a member to say who it is, and for all its objects. */
const REACHED_MS = 10_000
const LISTED_MS = 60_000

/** Resolves when the fleet runs; rejects when it cannot. */
export async function fleetCommand(args: readonly string[], signals: Signals): Promise<void> {
  const flags = parseFleetFlags(args)
  if (flags === undefined) process.stdout.write(fleetUsage)
  else if (flags.command === 'run') await run(flags, signals)
  else await runOnce(flags, signals)
}

/** A command that looks, or marks, and ends. */
async function runOnce(flags: FleetFlags, signals: Signals): Promise<void> {
  const writer = createLogWriter({ format: flags.logFormat, debug: () => flags.debug })
  const deps = { log: writer.log, userAgent: `clusterset-dns-fleet/${version} (${replicaName()})` }
  const stop = new AbortController()
  signals.deliver((signal) => {
    if (signal === 'SIGHUP' || signal === 'SIGUSR1') return
    if (flags.command === 'leave') writer.writeLines('what was asked for goes on without us\n')
    stop.abort()
  })
  const print = (line: string) => writer.writeLines(`${line}\n`)
  let code = 130
  try {
    code = await once[flags.command as keyof typeof once](flags, deps, print, stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    await writer.close(FLUSH_MS)
  }
  process.exit(code)
}

const once = { check: fleetCheck, leave: fleetLeave, join: fleetJoin } as const

async function run(flags: FleetFlags, signals: Signals): Promise<void> {
  const { config, dryRun } = flags
  const writer = createLogWriter({ format: flags.logFormat, debug: () => flags.debug })
  const { log } = writer
  const requests = new RequestMetrics()
  const replica = replicaName()
  const userAgent = `clusterset-dns-fleet/${version} (${replica})`
  const shown = dryRun ? createDryRun((line) => writer.writeLines(`${line}\n`)) : undefined
  const fleet = new Fleet({
    config,
    deps: { log, requests, userAgent },
    replica,
    ...(shown === undefined ? {} : { perform: shown.perform }),
  })
  const http = new HttpServers()
  let stopping = false
  const stop = async (code: number): Promise<never> => {
    stopping = true
    await fleet.close()
    await http.closeAll()
    await writer.close(FLUSH_MS)
    process.exit(code)
  }
  signals.deliver((signal) => {
    if (signal === 'SIGHUP' || signal === 'SIGUSR1') return
    if (stopping) process.exit(2)
    log.info(`${signal}: Shutting down`)
    void stop(0)
  })
  if (shown !== undefined) {
    const code = await dryRunCode(fleet, log.error)
    const { created } = shown
    if (created > 0) log.info(`what follows once these ${created} objects are there is not shown`)
    return stop(code)
  }
  try {
    const metrics = () =>
      renderMetrics([...fleet.families(), ...requests.families(), ...processFamilies()])
    await http.serve(new Map([[config.listen, fleetProbes(fleet, metrics)]]))
  } catch (error) {
    await fleet.close()
    await writer.close(FLUSH_MS)
    throw error
  }
  const { members, importMode } = config
  const names = members.map(({ id }) => id).join(', ') || 'the Secrets of the hub'
  log.info(`clusterset-dns-${version}: fleet of ${names}; import mode ${importMode}`)
}

/** No two processes ever have the same: a container that is restarted keeps its host name. */
function replicaName(): string {
  const host = hostname().replaceAll(/[^\w.-]/g, '-')
  return `${host}_${randomBytes(4).toString('hex')}`
}

/** Waits until everything is known and shown; 0 unless a member could not be heard. */
async function dryRunCode(fleet: Fleet, say: (text: string) => void): Promise<number> {
  const { clusters, controller } = fleet
  const startedAt = performance.now()
  const isKnown = () => clusters.settled && clusters.members.every(({ synced }) => synced)
  const patience = () => {
    const isReached = clusters.settled && clusters.members.every(({ id }) => id !== undefined)
    return isReached ? LISTED_MS : REACHED_MS
  }
  while (!(isKnown() && controller.idle) && performance.now() - startedAt < patience()) {
    await new Promise((done) => setTimeout(done, 50))
  }
  if (clusters.trouble !== '') say(`the hub cannot be used: ${clusters.trouble}`)
  const silent = clusters.members.filter(({ synced }) => !synced)
  for (const { name, trouble } of silent) say(`cluster ${name} is not in sync: ${trouble}`)
  return isKnown() ? 0 : 1
}
