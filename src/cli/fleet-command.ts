// `clusterset-dns fleet`: the controller with its HTTP endpoints, until a signal ends it; with --dry-run until it
// has shown what it would write.

import { describe } from '../fleet/cluster-worker.ts'
import { Controller } from '../fleet/controller.ts'
import { Identities } from '../fleet/identity.ts'
import { KubeCluster } from '../fleet/kube-cluster.ts'
import { RequestMetrics } from '../kube/request-metrics.ts'
import { renderMetrics } from '../metrics.ts'
import { HttpServers } from '../server/http.ts'
import { createLogWriter } from '../server/log-writer.ts'
import { processFamilies } from '../server/process-metrics.ts'
import { type FleetFlags, fleetUsage, parseFleetFlags } from './fleet-flags.ts'
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
  else await run(flags, signals)
}

async function run(flags: FleetFlags, signals: Signals): Promise<void> {
  const { config, dryRun } = flags
  const writer = createLogWriter({ format: flags.logFormat, debug: () => flags.debug })
  const { log } = writer
  const requests = new RequestMetrics()
  const identities = new Identities()
  const userAgent = `clusterset-dns-fleet/${version}`
  const members = config.members.map(({ id: name, spec }) => {
    return new KubeCluster({ name, spec, identities, deps: { log, requests, userAgent } })
  })
  const controller = new Controller({
    members,
    log,
    mode: config.importMode,
    budget: config.writes,
    ...(dryRun
      ? {
          perform: async (member, write) => {
            const body = write.action === 'delete' ? '' : ` ${JSON.stringify(write.body)}`
            writer.writeLines(`${member.name}: ${describe(write)}${body}\n`)
            return {}
          },
        }
      : {}),
  })
  const http = new HttpServers()
  let stopping = false
  const stop = async (code: number): Promise<never> => {
    stopping = true
    controller.close()
    await http.closeAll()
    await Promise.all(members.map((member) => member.close()))
    await writer.close(FLUSH_MS)
    process.exit(code)
  }
  signals.deliver((signal) => {
    if (signal === 'SIGHUP' || signal === 'SIGUSR1') return
    if (stopping) process.exit(2)
    log.info(`${signal}: Shutting down`)
    void stop(0)
  })
  if (dryRun) return stop(await dryRunCode(controller, members, log.error))
  try {
    const metrics = () =>
      renderMetrics([...controller.families(), ...requests.families(), ...processFamilies()])
    await http.serve(new Map([[config.listen, fleetProbes(members, metrics)]]))
  } catch (error) {
    await Promise.all(members.map((member) => member.close()))
    await writer.close(FLUSH_MS)
    throw error
  }
  const names = members.map(({ name }) => name).join(', ')
  log.info(`clusterset-dns-${version}: fleet of ${names}; import mode ${config.importMode}`)
}

/** Waits until everything is known and shown; 0 unless a member could not be heard. */
async function dryRunCode(
  controller: Controller,
  members: readonly KubeCluster[],
  say: (text: string) => void,
): Promise<number> {
  const startedAt = performance.now()
  const isDone = () => members.every(({ synced }) => synced) && controller.idle
  const patience = () => (members.some(({ id }) => id === undefined) ? REACHED_MS : LISTED_MS)
  while (!isDone() && performance.now() - startedAt < patience()) {
    await new Promise((done) => setTimeout(done, 50))
  }
  const silent = members.filter(({ synced }) => !synced)
  for (const { name, trouble } of silent) say(`cluster ${name} is not in sync: ${trouble}`)
  return silent.length === 0 ? 0 : 1
}
