// `clusterset-dns fleet leave` and `fleet join`: they mark the Lease of a member, and the fleet that leads does the
// work. `leave` shows what will go, asks, and tells how far it is until all of it is gone.
import { createInterface } from 'node:readline/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { CodedError } from '../errors.ts'
import { Clusterset } from '../fleet/clusterset.ts'
import { type Leftovers, leftovers } from '../fleet/departure.ts'
import { memberLeaseName } from '../fleet/hub/roster.ts'
import { namedSources } from '../fleet/judgement.ts'
import {
  CLUSTER_ID_ANNOTATION,
  CLUSTER_UID_ANNOTATION,
  LEADER_LEASE,
  LEAVE_ANNOTATION,
  MEMBER_LABEL,
} from '../fleet/names.ts'
import { ApiError } from '../kube/api-error.ts'
import { isDnsLabel } from '../kube/fields.ts'
import type { SourceDeps } from '../kube/source-deps.ts'
import { FlagError } from './flags.ts'
import type { FleetFlags } from './fleet-flags.ts'

/** For the hub, and for each member to be listed. */
const PATIENCE_MS = 15_000
const LOOK_MS = 500
/** Without a leader for this long, somebody should know. */
const NO_LEADER_MS = 20_000

type Print = (line: string) => void

/** Resolves to the exit code when the clusters have left. */
export async function fleetLeave(
  flags: FleetFlags,
  deps: SourceDeps,
  print: Print,
  signal: AbortSignal,
): Promise<number> {
  const clusters = await openClusters(flags, deps, signal)
  try {
    const ids = flags.all ? [...clusters.roster.records.keys()].sort() : flags.clusters
    if (ids.length === 0) throw new CodedError('MEMBER', 'no cluster is a member of this fleet')
    const isHeard = () => clusters.settled && clusters.members.every(({ synced }) => synced)
    await waitFor(isHeard, PATIENCE_MS, signal)
    const named = sourcesNamed(clusters)
    for (const id of ids) requireKnown(clusters, id, named)
    for (const { name, synced, trouble } of clusters.members) {
      if (!synced) print(`cluster ${name} cannot be heard (${trouble}): what is there goes later`)
    }
    for (const id of ids) showPlan(clusters, id, print)
    if (!flags.yes && !(await confirm(ids))) {
      print('nothing was changed')
      return 1
    }
    for (const id of ids) await mark(clusters, id, signal)
    return await follow(clusters, ids, print, signal)
  } finally {
    await clusters.close()
  }
}

/** Resolves to the exit code when the clusters may take part again. */
export async function fleetJoin(
  flags: FleetFlags,
  deps: SourceDeps,
  print: Print,
  signal: AbortSignal,
): Promise<number> {
  const clusters = await openClusters(flags, deps, signal)
  try {
    // Those that never took part are named by the configuration and by Secrets only.
    await waitFor(() => clusters.settled, PATIENCE_MS, signal)
    for (const id of flags.clusters) requireKnown(clusters, id)
    for (const id of flags.clusters) {
      const record = clusters.roster.records.get(id)
      if (record === undefined) {
        print(`cluster ${id} is new: it joins by itself`)
        continue
      }
      // Whichever cluster has the id next is taken as it is, a rebuilt one too.
      const annotations = { [LEAVE_ANNOTATION]: null, [CLUSTER_UID_ANNOTATION]: '' }
      await annotate(clusters, record.lease.name, annotations, signal)
      print(`cluster ${id} may join; the fleet takes it in as soon as it reaches it`)
    }
    return 0
  } finally {
    await clusters.close()
  }
}

async function openClusters(
  { config }: FleetFlags,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<Clusterset> {
  const clusters = new Clusterset({ config, deps, mayWrite: () => false })
  if (await waitFor(() => clusters.roster.listed, PATIENCE_MS, signal)) return clusters
  const { trouble } = clusters
  await clusters.close()
  throw new CodedError('MEMBER', `the hub cannot be used: ${trouble}`)
}

/** `named` are further ids that will do. */
function requireKnown(
  { roster, members }: Clusterset,
  id: string,
  named: Iterable<string> = [],
): void {
  const ids = members.map((member) => member.id ?? member.name)
  const known = new Set([...roster.records.keys(), ...ids, ...named])
  if (known.has(id)) return
  const list = known.size === 0 ? 'there are none' : `there are ${[...known].sort().join(', ')}`
  throw new CodedError('MEMBER', `no cluster has the id "${id}": ${list}`)
}

/**
 * The clusters that imports have something of. Where the hub was lost, or is another one, there is no record of some:
 * they leave like the others.
 */
function sourcesNamed({ members }: Clusterset): ReadonlySet<string> {
  const named = members
    .filter(({ synced }) => synced)
    .flatMap(({ reader }) =>
      [...reader.keys()].flatMap((key) => namedSources(reader.snapshot(key))),
    )
  return new Set(named.filter(isDnsLabel))
}

function showPlan({ members }: Clusterset, id: string, print: Print): void {
  print(`cluster ${id} leaves:`)
  const heard = members.filter(({ synced }) => synced)
  for (const member of heard) {
    const left = leftovers(id, member)
    const what = left.size === 0 ? 'nothing' : showLeftovers(left)
    const how = member.id === id ? 'all that the fleet made or wrote there' : 'what it exports'
    print(`  in ${member.name}: ${what} (${how})`)
  }
}

function showLeftovers(left: Leftovers): string {
  return [...left].map(([resource, count]) => `${count} ${resource}`).join(', ')
}

async function confirm(ids: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new FlagError('nobody can be asked here: add --yes to go on without', false)
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^y(es)?$/i.test(await terminal.question(`Take ${ids.join(', ')} out? [y/N] `))
  } finally {
    terminal.close()
  }
}

async function mark(clusters: Clusterset, id: string, signal: AbortSignal): Promise<void> {
  const annotations = { [LEAVE_ANNOTATION]: 'asked' }
  const record = clusters.roster.records.get(id)
  if (record?.leave === 'done') return
  if (record !== undefined) return annotate(clusters, record.lease.name, annotations, signal)
  const own = { ...annotations, [CLUSTER_ID_ANNOTATION]: id }
  const change = { labels: { [MEMBER_LABEL]: id }, annotations: own }
  await clusters.hub.create(memberLeaseName(id), change, signal)
}

/** The leader renews the Lease all the time: whoever is too late tries again. */
async function annotate(
  { hub }: Clusterset,
  name: string,
  annotations: Readonly<Record<string, string | null>>,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 5; ; tries--) {
    const newest = await hub.read(name, signal)
    if (newest === undefined) throw new CodedError('MEMBER', `the Lease ${name} is gone`)
    try {
      await hub.update(newest, { annotations }, signal)
      return
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'conflict' || tries === 0) throw error
    }
  }
}

/** Tells how much is left, until the leader says that all is done. */
async function follow(
  clusters: Clusterset,
  ids: readonly string[],
  print: Print,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now()
  let said = ''
  let warned = false
  for (;;) {
    const open = ids.filter((id) => clusters.roster.records.get(id)?.leave !== 'done')
    if (open.length === 0) {
      print(`${ids.join(', ')}: gone from all clusters that can be heard`)
      return 0
    }
    const rest = open.flatMap((id) =>
      clusters.members
        .filter(({ synced }) => synced)
        .map((member) => ({ member, left: leftovers(id, member) }))
        .filter(({ left }) => left.size > 0)
        .map(({ member, left }) => `${member.name}: ${showLeftovers(left)}`),
    )
    const text = rest.length === 0 ? 'the leader has yet to note it' : `still ${rest.join('; ')}`
    if (text !== said) print(text)
    said = text
    if (!warned && performance.now() - startedAt > NO_LEADER_MS) {
      warned = true
      const lease = await clusters.hub.read(LEADER_LEASE, signal)
      const last = lease?.renewTime || 'never'
      print(
        `waiting for the leader (${lease?.holder || 'nobody'}, its Lease renewed ${last}): does the fleet run?`,
      )
    }
    await delay(LOOK_MS, undefined, { signal })
  }
}

/** Resolves to whether it came true in time. */
async function waitFor(isTrue: () => boolean, ms: number, signal: AbortSignal): Promise<boolean> {
  const startedAt = performance.now()
  while (!isTrue() && performance.now() - startedAt < ms) {
    await delay(50, undefined, { signal })
  }
  return isTrue()
}
