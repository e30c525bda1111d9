// `clusterset-dns fleet --dry-run`: prints what the fleet would change in the hub and in each member, and changes nothing.
import { errorText } from '../errors.ts'
import type { MemberCluster } from '../fleet/api/member-cluster.ts'
import { LEADER_LEASE } from '../fleet/api/names.ts'
import type { Write } from '../fleet/api/writes.ts'
import type { Clusterset } from '../fleet/clusterset.ts'
import { hubSpec } from '../fleet/config.ts'
import type { WorkerOptions } from '../fleet/controller/worker.ts'
import { Fleet } from '../fleet/fleet.ts'
import { needsNewToken } from '../fleet/hub/token-renewal.ts'
import { ApiError } from '../kube/api-error.ts'
import { specName } from '../kube/client-config.ts'
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import type { Log } from '../log.ts'
import { awaitedText } from './awaited.ts'
import { changesText } from './changes-text.ts'
import type { FleetFlags } from './fleet-flags.ts'
import { type HubState, hubChanges } from './hub-changes.ts'
import { documentText, isDocument } from './output.ts'
import { planOnce } from './plan-once.ts'
import { ChangeCollector, countChanges, type PlannedChanges } from './planned-changes.ts'
import { startProgress } from './progress.ts'
import { showAll, type Terminal } from './terminal.ts'

/** What the document is. */
const DOCUMENT = { apiVersion: 'clusterset-dns.io/v1', kind: 'FleetChanges' } as const

/** Exit code of --exit-code when there are changes; 1 is an error and 2 a wrong command line. */
const CHANGES = 3

/** The write function of a dry run, and what it collects. */
interface DryRun {
  readonly perform: WorkerOptions['perform']
  /** The planned changes of the members, by name. */
  readonly collectors: ReadonlyMap<string, ChangeCollector>
}

/** Makes a `perform` that collects the writes; `read` reads the present object of a patch. */
export function createDryRun(
  read: (member: MemberCluster, write: Write, signal: AbortSignal) => Promise<unknown>,
): DryRun {
  const collectors = new Map<string, ChangeCollector>()
  return {
    collectors,
    perform: async (member, write, signal) => {
      const collector = collectors.get(member.name) ?? new ChangeCollector()
      collectors.set(member.name, collector)
      collector.add(write, write.action === 'patch' ? await read(member, write, signal) : undefined)
      // As if the cluster had stored every field.
      return write.action === 'delete' ? {} : write.body
    },
  }
}

/** Prints all changes; resolves to the exit code. Rejects with API_NOT_FOUND when CRDs are missing, and on abort. */
export async function fleetDryRun(
  { config, output, exitCode }: FleetFlags,
  deps: ClientDeps,
  terminal: Pick<Terminal, 'show' | 'paint' | 'flush'>,
  signal: AbortSignal,
): Promise<number> {
  const { log } = deps
  const { clock, env } = fullClientDeps(deps)
  const { perform, collectors } = createDryRun(async ({ name }, write, stop) => {
    const member = fleet.clusters.members.find((one) => one.name === name)
    if (write.action !== 'patch') return undefined
    const { resource, namespace, id } = write
    return member?.readObject(resource, namespace, id.name, stop).catch((error: unknown) => {
      log.warning(`cluster ${name}: ${errorText(error)}; all fields of a patch are shown`)
    })
  })
  const quiet = { ...deps, log: withoutInfo(log) }
  const fleet = new Fleet({ config, deps: quiet, replica: 'dry-run', perform })
  const endProgress = startProgress(log, clock, () => {
    const changed = [...collectors.values()].reduce((sum, { size }) => sum + size, 0)
    return awaitedText(fleet.clusters) || `planning: ${changed} objects so far`
  })
  try {
    const problems = [...(await planOnce(fleet, clock, signal))]
    const state = await readHubState(fleet.clusters, clock.wall(), signal).catch(
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        problems.push(`the hub cannot be used: ${error.message}`)
      },
    )
    for (const text of problems) log.error(text)
    const hub = {
      name: specName(hubSpec(config, env)),
      read: state !== undefined,
      changes: state === undefined ? [] : hubChanges(state),
    }
    const clusters = fleet.clusters.members
      .map(({ name, synced }) => {
        return { name, read: synced, changes: collectors.get(name)?.changes() ?? [] }
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    const summary = countChanges([hub, ...clusters])
    const followUps = [...collectors.values()].some((one) => one.followUps)
    const planned: PlannedChanges = { hub, clusters, summary, followUps, problems }
    const text = isDocument(output)
      ? documentText({ ...DOCUMENT, ...planned }, output)
      : `${changesText(planned, terminal.paint).join('\n')}\n`
    await showAll(terminal, text, signal)
    if (problems.length > 0) return 1
    return exitCode && summary.create + summary.change + summary.delete > 0 ? CHANGES : 0
  } finally {
    endProgress()
    await fleet.close()
  }
}

/** Reads the hub; undefined if it cannot be used. Rejects with ApiError. */
async function readHubState(
  { hub, roster, lastError, members, secretMembers }: Clusterset,
  wall: number,
  signal: AbortSignal,
): Promise<HubState | undefined> {
  if (lastError !== '') return undefined
  const leader = await hub.read(LEADER_LEASE, signal)
  return {
    hasNamespace: leader !== undefined || (await hub.hasNamespace(signal)),
    hasLeaderLease: leader !== undefined,
    records: roster.records,
    members: members.flatMap(({ id, uid, created }) =>
      id === undefined ? [] : { id, uid, created },
    ),
    dueSecrets: [...secretMembers]
      .filter(({ secret }) => needsNewToken(secret.kubeconfig, wall))
      .map(({ secret }) => secret.name),
  }
}

/** A log that tells nothing as done: of a dry run, lines of level info would name writes that nobody performs. */
function withoutInfo(log: Log): Log {
  return {
    ...log,
    info: log.debug,
    plugin: (name) => withoutInfo(log.plugin(name)),
    with: (fields) => withoutInfo(log.with(fields)),
  }
}
