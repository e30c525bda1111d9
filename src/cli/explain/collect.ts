// Collects what `explain` needs of the clusters, side by side.
import type { FleetConfig } from '../../fleet/config.ts'
import type { ClusterFacts, ObjectFacts } from '../../fleet/explain/facts.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { nearest } from '../../spelling.ts'
import { usageError } from '../parse-options.ts'
import { withClient } from '../with-client.ts'
import type { ExplainFlags } from './explain-flags.ts'
import { fleetMembers } from './fleet-members.ts'
import { fullTarget } from './full-target.ts'
import { kubectlWords } from './kubectl-words.ts'
import { type ReadCluster, readCluster } from './read-cluster.ts'
import type { HubLeases } from './read-leases.ts'

/** Reads everything of the service. Rejects with FlagError for an unknown `from`. */
export async function collectFacts(
  flags: Pick<ExplainFlags, 'target' | 'from' | 'rightsOf'>,
  config: FleetConfig,
  deps: FullClientDeps,
  signal: AbortSignal,
): Promise<ObjectFacts> {
  const { from, rightsOf } = flags
  const fleet = await fleetMembers(config, rightsOf, deps, signal)
  requireCluster(
    from,
    fleet.members.map(({ id }) => id),
  )
  const target = await fullTarget(flags.target, fleet.members, deps, signal)
  const read = await Promise.all(
    fleet.members.map(({ id, spec }) => {
      const { policies } = config
      const policy = policies.members.get(id) ?? policies.defaults
      const kubectl = kubectlWords(spec, id, deps.env)
      const { namespace, name: service } = target
      const query = { name: id, kubectl, policy, namespace, service, rightsOf }
      return withClient(spec, deps, signal, (client, limit) =>
        readCluster(client, query, deps.clock, limit),
      )
    }),
  )
  // That of a member comes first: its commands are known.
  const leases = newest([...read.map(({ hub }) => hub), fleet.leases])
  const clusters = read.map((one) => identified(one, leases))
  return {
    ...target,
    now: deps.clock.wall(),
    clusters,
    from,
    importMode: rightsOf === 'us' ? config.importMode : undefined,
    exportLimits: config.exportLimits,
    // Contexts are no configuration.
    isConfigUnknown: rightsOf === 'account',
    hub: clusters.find((one) => one.name === leases?.leader.cluster)?.kubectl ?? fleet.kubectl,
    leader: leases?.leader,
    members: leases?.members,
  }
}

/** Throws FlagError for a `from` that is none of the clusters. */
export function requireCluster(from: string | undefined, ids: readonly string[]): void {
  if (from === undefined || ids.includes(from)) return
  const text = `--from is "${from}", not one of the clusters: ${ids.join(', ')}`
  throw usageError(text, nearest(from, ids))
}

/** The Leases of the hub whose leader renewed last: a former hub may have some, too. */
function newest(hubs: readonly (HubLeases | undefined)[]): HubLeases | undefined {
  const known = hubs.filter((one) => one !== undefined)
  return known.sort((a, b) => a.leader.ageMs - b.leader.ageMs)[0]
}

/** The cluster with the id that the fleet has recorded for it: the name of a context may be another one. */
function identified({ facts, uid }: ReadCluster, leases: HubLeases | undefined): ClusterFacts {
  const members = uid === '' ? [] : (leases?.members ?? [])
  const recorded = members.find((one) => one.uid === uid)
  const id = recorded?.id ?? facts.id
  // A cluster without a record is no member, if the fleet has recorded the UIDs of all members.
  const isRecorded = members.length > 0 && members.every((one) => one.uid !== '')
  const isIdUnknown = facts.isIdUnknown === true && recorded === undefined && !isRecorded
  const { snapshot } = facts
  const serviceExport = snapshot.export && { ...snapshot.export, cluster: id }
  return { ...facts, id, isIdUnknown, snapshot: { ...snapshot, export: serviceExport } }
}
