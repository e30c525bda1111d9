// Collects what `explain` needs: the clusters side by side, then the answers of DNS.
import { dnsName, expectedAddresses } from '../../fleet/explain/dns-links.ts'
import type {
  ClusterFacts,
  DnsFacts,
  MemberLease,
  ServiceFacts,
} from '../../fleet/explain/facts.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { nearest } from '../../spelling.ts'
import { withClient } from '../fleet-check.ts'
import { usageError } from '../parse-options.ts'
import { askDns } from './ask-dns.ts'
import type { DnsServer, ExplainFlags } from './explain-flags.ts'
import { type FleetMembers, fleetMembers } from './fleet-members.ts'
import { kubectlWords } from './kubectl-words.ts'
import { type ReadCluster, readCluster } from './read-cluster.ts'
import type { HubLeases } from './read-leases.ts'

/** Reads everything of the service. Rejects with FlagError for an unknown `from`. */
export async function collectFacts(
  flags: ExplainFlags,
  deps: FullClientDeps,
  signal: AbortSignal,
): Promise<ServiceFacts> {
  const { target, config, from, rightsOf, dns, clusterDns } = flags
  const fleet = await fleetMembers(flags, deps, signal)
  requireCluster(from, fleet)
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
  const clusters = read.map((one) => identified(one, leases?.members ?? []))
  const types = typesOf(clusters.filter((one) => from === undefined || one.name === from))
  const ask = async (server: DnsServer | undefined): Promise<readonly DnsFacts[] | undefined> =>
    server && Promise.all(types.map((type) => askDns(server, dnsName(target), type, signal)))
  return {
    ...target,
    now: deps.clock.wall(),
    clusters,
    from,
    importMode: rightsOf === 'us' ? config.importMode : undefined,
    hub: clusters.find((one) => one.name === leases?.leader.cluster)?.kubectl ?? fleet.kubectl,
    leader: leases?.leader,
    members: leases?.members,
    dns: await ask(dns),
    clusterDns: await ask(clusterDns),
  }
}

function requireCluster(from: string | undefined, { members }: FleetMembers): void {
  const ids = members.map(({ id }) => id)
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
function identified({ facts, uid }: ReadCluster, members: readonly MemberLease[]): ClusterFacts {
  const id = members.find((one) => uid !== '' && one.uid === uid)?.id ?? facts.id
  const { snapshot } = facts
  const serviceExport = snapshot.export && { ...snapshot.export, cluster: id }
  return { ...facts, id, snapshot: { ...snapshot, export: serviceExport } }
}

/** The types of the addresses that DNS has to answer; A where there are none. */
function typesOf(clusters: readonly ClusterFacts[]): readonly DnsFacts['type'][] {
  const addresses = clusters.flatMap(expectedAddresses)
  const has6 = addresses.some((one) => one.includes(':'))
  const has4 = addresses.some((one) => !one.includes(':'))
  return [...(has4 || !has6 ? (['A'] as const) : []), ...(has6 ? (['AAAA'] as const) : [])]
}
