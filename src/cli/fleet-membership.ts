// `clusterset-dns fleet leave` and `fleet join`: they mark the Lease of a member, and the fleet that leads does the
// work. `leave` shows what will go, asks, and tells how far it is until all of it is gone.
import { CodedError } from '../errors.ts'
import {
  CLUSTER_ID_ANNOTATION,
  CLUSTER_UID_ANNOTATION,
  LEADER_LEASE,
  LEAVE_ANNOTATION,
  MEMBER_LABEL,
} from '../fleet/api/names.ts'
import { Clusterset } from '../fleet/clusterset.ts'
import { memberLeaseName } from '../fleet/hub/roster.ts'
import { namedSources } from '../fleet/merge/aggregate.ts'
import { type Leftovers, leftovers } from '../fleet/plan/departure.ts'
import { ApiError } from '../kube/api-error.ts'
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { type Clock, sleep } from '../kube/clock.ts'
import { isDnsLabel } from '../kube/fields.ts'
import { FlagError } from './flags.ts'
import type { FleetFlags } from './fleet-flags.ts'
import type { Terminal } from './terminal.ts'

/** For the hub, and for each member to be listed. */
const SYNC_TIMEOUT_MS = 15_000
const POLL_MS = 500
/** When nothing has happened for this long, somebody should know. */
const STALLED_MS = 20_000

/** Resolves to the exit code when the clusters have left. */
export async function fleetLeave(
  flags: FleetFlags,
  deps: ClientDeps,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { print } = terminal
  const { clock } = fullClientDeps(deps)
  const marked: string[] = []
  let clusters: Clusterset | undefined
  try {
    clusters = await openClusters(flags, deps, signal)
    await waitFor(allSynced(clusters), clock, signal)
    const ids = idsToRemove(clusters, flags)
    for (const { name, synced, lastError } of clusters.members) {
      if (!synced) print(`cluster ${name} cannot be heard (${lastError}): what is there goes later`)
    }
    for (const id of ids) showPlan(clusters, id, print)
    if (!flags.yes && !(await confirm(ids, terminal, signal))) {
      print('nothing was changed')
      return 1
    }
    for (const id of ids) {
      // Before it is known whether the hub has taken it.
      marked.push(id)
      await mark(clusters, id, signal)
    }
    return await waitUntilLeft(clusters, ids, print, clock, signal)
  } catch (error) {
    if (signal.aborted) {
      if (marked.length === 0) print('nothing was changed')
      else print(`${marked.join(', ')}: what was asked for goes on without us`)
    }
    throw error
  } finally {
    await clusters?.close()
  }
}

/** Resolves to the exit code when the clusters may take part again. */
export async function fleetJoin(
  flags: FleetFlags,
  deps: ClientDeps,
  { print }: Pick<Terminal, 'print'>,
  signal: AbortSignal,
): Promise<number> {
  const clusters = await openClusters(flags, deps, signal)
  try {
    const ids = flags.clusters
    const isKnown = () => ids.every((id) => knownIds(clusters).has(id))
    const synced = allSynced(clusters)
    await waitFor(() => isKnown() || synced(), fullClientDeps(deps).clock, signal)
    for (const id of ids) requireKnown(clusters, id)
    // Whichever cluster has the id next is taken as it is, a rebuilt one too: also one that a fleet remembers from
    // before its Lease was lost.
    const annotations = { [LEAVE_ANNOTATION]: null, [CLUSTER_UID_ANNOTATION]: '' }
    for (const id of ids) {
      await annotate(clusters, id, annotations, signal)
      print(`cluster ${id} may join; the fleet takes it in as soon as it reaches it`)
    }
    return 0
  } finally {
    await clusters.close()
  }
}

async function openClusters(
  { config }: FleetFlags,
  deps: ClientDeps,
  signal: AbortSignal,
): Promise<Clusterset> {
  const clusters = new Clusterset({ config, deps, mayWrite: () => false })
  try {
    const { clock } = fullClientDeps(deps)
    if (await waitFor(() => clusters.roster.listed, clock, signal)) return clusters
    throw new CodedError('MEMBER', `the hub cannot be used: ${clusters.lastError}`)
  } catch (error) {
    await clusters.close()
    throw error
  }
}

/** True when all members that there are tell what they hold. */
function allSynced(clusters: Clusterset): () => boolean {
  return () => clusters.settled && clusters.members.every(({ synced }) => synced)
}

/** The clusters that are to leave. */
function idsToRemove(clusters: Clusterset, { all, clusters: ids }: FleetFlags): readonly string[] {
  if (!all) {
    for (const id of ids) requireKnown(clusters, id)
    return ids
  }
  const every = new Set([...clusters.roster.records.keys(), ...sourceIds(clusters)])
  if (every.size === 0) throw new CodedError('MEMBER', 'no cluster is a member of this fleet')
  return [...every].sort()
}

/**
 * The ids on record, and those of members that were reached. What the configuration calls a member counts only when it
 * was reached: its ClusterProperty may say another id.
 */
function knownIds({ roster, members }: Clusterset): ReadonlySet<string> {
  const reached = members.map(({ id }) => id).filter((id) => id !== undefined)
  return new Set([...roster.records.keys(), ...reached])
}

function requireKnown(clusters: Clusterset, id: string): void {
  const known = knownIds(clusters).union(sourceIds(clusters))
  if (known.has(id)) return
  const list = known.size === 0 ? 'there are none' : `there are ${[...known].sort().join(', ')}`
  const unreached = clusters.members.find((one) => one.name === id && one.id === undefined)
  const why =
    unreached === undefined ? '' : ` (member ${id} was not reached: ${unreached.lastError})`
  throw new CodedError('MEMBER', `no cluster has the id "${id}": ${list}${why}`)
}

/**
 * The clusters that imports have something of. Where the hub was lost, or is another one, there is no record of some:
 * they leave like the others.
 */
function sourceIds({ members }: Clusterset): ReadonlySet<string> {
  const named = members
    .filter(({ synced }) => synced)
    .flatMap(({ reader }) =>
      [...reader.keys()].flatMap((key) => namedSources(reader.snapshot(key))),
    )
  return new Set(named.filter(isDnsLabel))
}

function showPlan({ members }: Clusterset, id: string, print: Terminal['print']): void {
  print(`cluster ${id} leaves:`)
  const synced = members.filter(({ synced }) => synced)
  for (const member of synced) {
    const left = leftovers(id, member)
    const what = left.size === 0 ? 'nothing' : showLeftovers(left)
    const how = member.id === id ? 'all that the fleet made or wrote there' : 'what it exports'
    print(`  in ${member.name}: ${what} (${how})`)
  }
}

function showLeftovers(left: Leftovers): string {
  return [...left].map(([resource, count]) => `${count} ${resource}`).join(', ')
}

async function confirm(
  ids: readonly string[],
  { isInteractive, ask }: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isInteractive) {
    throw new FlagError('nobody can be asked here: add --yes to go on without', false)
  }
  return /^y(es)?$/i.test((await ask(`Take ${ids.join(', ')} out? [y/N] `, signal)).trim())
}

async function mark(clusters: Clusterset, id: string, signal: AbortSignal): Promise<void> {
  if (clusters.roster.records.get(id)?.leave === 'done') return
  await annotate(clusters, id, { [LEAVE_ANNOTATION]: 'asked' }, signal)
}

/** Annotates the Lease of the cluster, or makes one. Whoever is too late tries again: the leader renews all the time. */
async function annotate(
  { hub, roster }: Clusterset,
  id: string,
  annotations: Readonly<Record<string, string | null>>,
  signal: AbortSignal,
): Promise<void> {
  const name = roster.records.get(id)?.lease.name ?? memberLeaseName(id)
  for (let tries = 5; ; tries--) {
    const newest = await hub.read(name, signal)
    try {
      if (newest !== undefined) await hub.update(newest, { annotations }, signal)
      else {
        const given = Object.entries(annotations).filter(([, value]) => value !== null)
        const own = { ...Object.fromEntries(given), [CLUSTER_ID_ANNOTATION]: id }
        await hub.create(name, { labels: { [MEMBER_LABEL]: id }, annotations: own }, signal)
      }
      return
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'conflict' || tries === 0) throw error
    }
  }
}

/** Tells how much is left, until the leader says that all is done. */
async function waitUntilLeft(
  clusters: Clusterset,
  ids: readonly string[],
  print: Terminal['print'],
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  let since = clock.now()
  let printed = ''
  let warned = false
  for (;;) {
    const open = ids.filter((id) => clusters.roster.records.get(id)?.leave !== 'done')
    if (open.length === 0) {
      print(`${ids.join(', ')}: gone from all clusters that can be heard`)
      return 0
    }
    const remaining = open.flatMap((id) =>
      clusters.members
        .filter(({ synced }) => synced)
        .map((member) => ({ member, left: leftovers(id, member) }))
        .filter(({ left }) => left.size > 0)
        .map(({ member, left }) => `${member.name}: ${showLeftovers(left)}`),
    )
    const text =
      remaining.length === 0 ? 'the leader has yet to note it' : `still ${remaining.join('; ')}`
    if (text !== printed) {
      print(text)
      printed = text
      since = clock.now()
      warned = false
    }
    if (!warned && clock.now() - since > STALLED_MS) {
      warned = true
      print(`waiting for the leader (${await leaderText(clusters, signal)}): does the fleet run?`)
    }
    await pause(clock, POLL_MS, signal)
  }
}

async function leaderText({ hub }: Clusterset, signal: AbortSignal): Promise<string> {
  try {
    const lease = await hub.read(LEADER_LEASE, signal)
    return `${lease?.holder || 'nobody'}, its Lease renewed ${lease?.renewTime || 'never'}`
  } catch (error) {
    signal.throwIfAborted()
    return `its Lease cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Resolves to whether it came true in time; rejects when the signal aborts. */
async function waitFor(isTrue: () => boolean, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const startedAt = clock.now()
  while (!isTrue() && clock.now() - startedAt < SYNC_TIMEOUT_MS) await pause(clock, 50, signal)
  return isTrue()
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await sleep(clock, ms, signal)
  signal.throwIfAborted()
}
