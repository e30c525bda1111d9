// `clusterset-dns status`: prints the state of a fleet, at once or when it is healthy.
import { CodedError } from '../../errors.ts'
import type { FleetConfig } from '../../fleet/config.ts'
import type { FleetStatus } from '../../fleet/status/document.ts'
import { type ClientDeps, fullClientDeps } from '../../kube/client-deps.ts'
import type { Log } from '../../log.ts'
import { pause } from '../open-clusters.ts'
import { documentText, isDocument } from '../output.ts'
import { startProgress } from '../progress.ts'
import { runParsed } from '../run-parsed.ts'
import type { Signals } from '../signals.ts'
import type { Terminal } from '../terminal.ts'
import { ownClusters, runningFleet, type StatusObserver } from './observers.ts'
import { parseStatusFlags, type StatusFlags } from './status-flags.ts'
import { statusLines, unhealthyText } from './status-text.ts'

/** Milliseconds to read the clusters, without --wait. */
const FIRST_LOOK_MS = 15_000
const POLL_MS = 250
const POLL_FLEET_MS = 1000

const EXIT = { healthy: 0, unhealthy: 1, notLooked: 3 } as const

/** Runs the command and exits. Rejects with FlagError, or CodedError FLEET_CONFIG. */
export async function statusCommand(args: readonly string[], signals: Signals): Promise<void> {
  const flags = parseStatusFlags(args)
  await runParsed(['status'], flags, signals, printStatus, flags?.debug)
}

/** Prints the status; resolves to the exit code. Rejects when the signal aborts. */
export async function printStatus(
  flags: StatusFlags,
  deps: ClientDeps,
  terminal: Pick<Terminal, 'show' | 'paint' | 'flush'>,
  signal: AbortSignal,
): Promise<number> {
  const { source, debug } = flags
  // What the connections report is in the status.
  const clusterDeps = debug ? deps : { ...deps, log: silentLog }
  const observer =
    source.kind === 'fleet' ? runningFleet(source.url) : ownClusters(source.config, clusterDeps)
  try {
    const status = await lookUntil(flags, observer, deps, signal)
    terminal.show(shown(status, flags, terminal))
    await terminal.flush(signal)
    if (status.healthy) return EXIT.healthy
    return status.hub.reached ? EXIT.unhealthy : EXIT.notLooked
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'FLEET_API') throw error
    deps.log.error(error.message)
    return EXIT.notLooked
  } finally {
    await observer.close()
  }
}

/** The status of the fleet when each cluster was tried, at most 15 s later. Rejects when the signal aborts. */
export async function statusOnce(
  config: FleetConfig,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<FleetStatus> {
  const observer = ownClusters(config, { ...deps, log: silentLog })
  const source = { kind: 'clusters', config } as const
  try {
    return await lookUntil({ wait: false, timeoutMs: 0, source }, observer, deps, signal)
  } finally {
    await observer.close()
  }
}

/** Looks until the fleet is healthy, or without --wait until each cluster was tried; or until the time is over. */
async function lookUntil(
  { wait, timeoutMs, source }: Pick<StatusFlags, 'wait' | 'timeoutMs' | 'source'>,
  observer: StatusObserver,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<FleetStatus> {
  const { clock } = fullClientDeps(deps)
  const startedAt = clock.now()
  const limitMs = wait ? timeoutMs : FIRST_LOOK_MS
  const isDone = (one: FleetStatus) =>
    one.healthy || (!wait && (source.kind === 'fleet' || tried(one)))
  let waitsFor = 'the hub'
  const endProgress = startProgress(deps.log, clock, () => `waiting: ${waitsFor}`)
  try {
    for (;;) {
      const status = await look(observer, wait && clock.now() - startedAt < limitMs, signal)
      if (status !== undefined && (isDone(status) || clock.now() - startedAt >= limitMs))
        return status
      waitsFor =
        status === undefined ? 'the running fleet cannot be asked yet' : unhealthyText(status)
      await pause(clock, source.kind === 'fleet' ? POLL_FLEET_MS : POLL_MS, signal)
    }
  } finally {
    endProgress()
  }
}

/** One look; with `mayFail`, undefined when the running fleet cannot be asked. */
async function look(
  observer: StatusObserver,
  mayFail: boolean,
  signal: AbortSignal,
): Promise<FleetStatus | undefined> {
  try {
    return await observer.look(signal)
  } catch (error) {
    if (mayFail && error instanceof CodedError && error.code === 'FLEET_API') return undefined
    throw error
  }
}

/** True when it is known of each cluster whether it can be used. */
function tried({ hub, clusters }: FleetStatus): boolean {
  return hub.reached && clusters.length > 0 && clusters.every(({ state }) => state !== 'starting')
}

function shown(
  status: FleetStatus,
  { format }: StatusFlags,
  { paint }: Pick<Terminal, 'paint'>,
): string {
  if (isDocument(format)) return documentText(status, format)
  return `${statusLines(status, format === 'wide', paint).join('\n')}\n`
}

const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warning: () => {},
  error: () => {},
  fatal: () => {},
  plugin: () => silentLog,
  with: () => silentLog,
}
