// `clusterset-dns fleet leave` and `fleet join`: annotate the Lease of a member; the leader of the running fleet does
// the work. `leave` prints what will be removed, asks for confirmation, and reports progress until all is removed.
import { CodedError, errorText } from '../errors.ts'
import {
  CLUSTER_CREATED_ANNOTATION,
  CLUSTER_ID_ANNOTATION,
  CLUSTER_UID_ANNOTATION,
  LEADER_LEASE,
  LEAVE_ANNOTATION,
  MEMBER_LABEL,
} from '../fleet/api/names.ts'
import type { Clusterset } from '../fleet/clusterset.ts'
import { memberLeaseName } from '../fleet/hub/roster.ts'
import { namedSources } from '../fleet/merge/aggregate.ts'
import { leftovers } from '../fleet/plan/departure.ts'
import { ApiError } from '../kube/api-error.ts'
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import type { Clock } from '../kube/clock.ts'
import { isDnsLabel } from '../kube/fields.ts'
import { FlagError } from './flags.ts'
import type { FleetFlags } from './fleet-flags.ts'
import { type Departure, leaveDocument } from './leave-document.ts'
import { departureLines, leftoversText } from './leave-text.ts'
import { allSynced, openClusters, pause, waitForClusters } from './open-clusters.ts'
import { documentText, isDocument } from './output.ts'
import type { Terminal } from './terminal.ts'

const POLL_MS = 500
/** Milliseconds without progress after which the leader is reported. */
const STALLED_MS = 20_000

/** Removes clusters from the fleet; resolves to the exit code when they have left. Rejects with FlagError or MEMBER. */
export async function fleetLeave(
  flags: FleetFlags,
  deps: ClientDeps,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { print, show } = terminal
  const { clock } = fullClientDeps(deps)
  const marked: string[] = []
  let clusters: Clusterset | undefined
  try {
    clusters = await openClusters(flags.config, deps, signal)
    await waitForClusters(clusters, allSynced(clusters), deps, signal)
    const ids = idsToRemove(clusters, flags)
    const plan = departuresOf(clusters, ids)
    const missing = [...unsyncedMembers(clusters), ...unreadMembers(clusters)]
    if (isDocument(flags.output)) {
      show(documentText(leaveDocument(plan, missing), flags.output))
      return missing.length === 0 ? 0 : 1
    }
    for (const line of [...plan.flatMap(departureLines), ...missing]) print(line)
    if (flags.dryRun) {
      print('nothing was changed, because of --dry-run')
      return missing.length === 0 ? 0 : 1
    }
    if (!flags.yes && !(await confirm(ids, terminal, signal))) {
      print('nothing was changed')
      return 1
    }
    for (const id of ids) {
      // Before the write: an interrupted request may still have reached the hub.
      marked.push(id)
      await mark(clusters, id, signal)
    }
    return await waitUntilLeft(clusters, ids, print, clock, signal)
  } catch (error) {
    if (signal.aborted) {
      if (marked.length === 0) print('nothing was changed')
      else print(`${marked.join(', ')}: the removal continues in the controller`)
    }
    throw error
  } finally {
    await clusters?.close()
  }
}

/** Allows clusters to join the fleet again; resolves to the exit code. Rejects with MEMBER for an unknown id. */
export async function fleetJoin(
  flags: FleetFlags,
  deps: ClientDeps,
  { print }: Pick<Terminal, 'print'>,
  signal: AbortSignal,
): Promise<number> {
  const clusters = await openClusters(flags.config, deps, signal)
  try {
    const ids = flags.clusters
    const isKnown = () => ids.every((id) => knownIds(clusters).has(id))
    const synced = allSynced(clusters)
    // Secrets that are refused are logged before the result.
    const hasReadSecrets = () => clusters.settled || clusters.lastError !== ''
    const isDone = () => (isKnown() && hasReadSecrets()) || synced()
    await waitForClusters(clusters, isDone, deps, signal)
    for (const id of ids) requireKnown(clusters, id)
    // An empty UID lets any cluster with this id join, for example a rebuilt one. It also overrides the UID that a
    // running fleet remembers from before the Lease was lost.
    const annotations = {
      [LEAVE_ANNOTATION]: null,
      [CLUSTER_UID_ANNOTATION]: '',
      [CLUSTER_CREATED_ANNOTATION]: null,
    }
    for (const id of ids) {
      await annotate(clusters, id, annotations, signal)
      print(`cluster ${id} may join; the fleet adds it as soon as it is reachable`)
    }
    return 0
  } finally {
    await clusters.close()
  }
}

/** Which members are not in the plan, because they are not in sync. */
function unsyncedMembers({ members }: Clusterset): readonly string[] {
  return members
    .filter(({ synced }) => !synced)
    .map(({ name, lastError }) => {
      return `cluster ${name} is not in sync (${lastError}): its objects are removed later`
    })
}

/** Which members from Secrets of the hub are not in the plan, and why. */
function unreadMembers({ settled, lastError, refused }: Clusterset): readonly string[] {
  const why = lastError || 'its Secrets are still being read'
  return [
    ...(settled
      ? []
      : [`the hub cannot be read (${why}): its members from Secrets are missing here`]),
    ...[...refused].map(([id, problem]) => `cluster ${id} is missing here: ${problem}`),
  ]
}

/** The ids of the clusters to remove. Throws MEMBER for an unknown id. */
function idsToRemove(clusters: Clusterset, { all, clusters: ids }: FleetFlags): readonly string[] {
  if (!all) {
    for (const id of ids) requireKnown(clusters, id)
    return ids
  }
  const every = new Set([...clusters.roster.records.keys(), ...sourceIds(clusters)])
  if (every.size === 0) throw new CodedError('MEMBER', 'this fleet has no members')
  return [...every].sort()
}

/**
 * The recorded ids and those of the members reached so far. The configured id of an unreachable member is not included:
 * its ClusterProperty may set another id.
 */
function knownIds({ roster, members }: Clusterset): ReadonlySet<string> {
  const reached = members.map(({ id }) => id).filter((id) => id !== undefined)
  return new Set([...roster.records.keys(), ...reached])
}

function requireKnown(clusters: Clusterset, id: string): void {
  const known = knownIds(clusters).union(sourceIds(clusters))
  if (known.has(id)) return
  const list =
    known.size === 0 ? 'no id is known' : `the known ids are ${[...known].sort().join(', ')}`
  const unreached = clusters.members.find((one) => one.name === id && one.id === undefined)
  const why =
    unreached === undefined ? '' : ` (member ${id} was not reached: ${unreached.lastError})`
  throw new CodedError('MEMBER', `no cluster has the id "${id}": ${list}${why}`)
}

/**
 * The source clusters of all imported objects. They may include clusters without a Lease, when the hub was lost or
 * replaced; those can leave as well.
 */
function sourceIds({ members }: Clusterset): ReadonlySet<string> {
  const named = members
    .filter(({ synced }) => synced)
    .flatMap(({ reader }) =>
      [...reader.keys()].flatMap((key) => namedSources(reader.snapshot(key))),
    )
  return new Set(named.filter(isDnsLabel))
}

function departuresOf({ members }: Clusterset, ids: readonly string[]): readonly Departure[] {
  return ids.map((id) => ({
    id,
    clusters: members
      .filter(({ synced }) => synced)
      .map((member) => {
        return { name: member.name, isLeaving: member.id === id, left: leftovers(id, member) }
      }),
  }))
}

async function confirm(
  ids: readonly string[],
  { isInteractive, ask }: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isInteractive) {
    throw new FlagError('no terminal to confirm on: use --yes', false)
  }
  return /^y(es)?$/i.test(
    (await ask(`Remove ${ids.join(', ')} from the fleet? [y/N] `, signal)).trim(),
  )
}

async function mark(clusters: Clusterset, id: string, signal: AbortSignal): Promise<void> {
  if (clusters.roster.records.get(id)?.leave === 'done') return
  await annotate(clusters, id, { [LEAVE_ANNOTATION]: 'asked' }, signal)
}

/** Annotates the Lease of the cluster, or creates it. A conflict is retried: the leader renews the Lease constantly. */
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

/** Reports the remaining objects until the leader has marked every Lease `done`; resolves to the exit code. */
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
      print(`${ids.join(', ')}: removed from all reachable clusters`)
      return 0
    }
    const remaining = open.flatMap((id) =>
      clusters.members
        .filter(({ synced }) => synced)
        .map((member) => ({ member, left: leftovers(id, member) }))
        .filter(({ left }) => left.size > 0)
        .map(({ member, left }) => `${member.name}: ${leftoversText(left)}`),
    )
    const text =
      remaining.length === 0
        ? 'nothing left to remove; the leader has yet to confirm it'
        : `still to remove: ${remaining.join('; ')}`
    if (text !== printed) {
      print(text)
      printed = text
      since = clock.now()
      warned = false
    }
    if (!warned && clock.now() - since > STALLED_MS) {
      warned = true
      print(`waiting for the leader (${await leaderText(clusters, signal)}): is the fleet running?`)
    }
    await pause(clock, POLL_MS, signal)
  }
}

async function leaderText({ hub }: Clusterset, signal: AbortSignal): Promise<string> {
  try {
    const lease = await hub.read(LEADER_LEASE, signal)
    return `${lease?.holder || 'none'}, its Lease last renewed: ${lease?.renewTime || 'never'}`
  } catch (error) {
    signal.throwIfAborted()
    return `its Lease cannot be read: ${errorText(error)}`
  }
}
