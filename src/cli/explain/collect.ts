// Collects what `explain` needs: the clusters side by side, then the answers of DNS.
import type { MemberPolicies } from '../../fleet/api/member-policy.ts'
import { type FleetConfig, hubSpec } from '../../fleet/config.ts'
import { dnsName, expectedAddresses } from '../../fleet/explain/dns-links.ts'
import type { DnsFacts, LeaderFacts, ServiceFacts } from '../../fleet/explain/facts.ts'
import { readHub } from '../../fleet/preflight/read-hub.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { ApiSpec } from '../../kube/client-config.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { nearest } from '../../spelling.ts'
import { usableMembers, withClient } from '../fleet-check.ts'
import { usageError } from '../parse-options.ts'
import { askDns } from './ask-dns.ts'
import type { DnsServer, ExplainFlags } from './explain-flags.ts'
import { kubectlWords } from './kubectl-words.ts'
import { readCluster, readLeader } from './read-cluster.ts'

interface Member {
  readonly id: string
  readonly spec: ApiSpec
}

interface Hub {
  readonly members: readonly Member[]
  readonly leader: LeaderFacts | undefined
}

/** Reads everything of the service. Rejects with FlagError for an unknown `from`. */
export async function collectFacts(
  { target, config, from, rightsOf, dns, clusterDns }: ExplainFlags,
  deps: FullClientDeps,
  signal: AbortSignal,
): Promise<ServiceFacts> {
  const { namespace, name, zone } = target
  const isConfigured = rightsOf === 'us'
  const hub = isConfigured
    ? await readFleet(config, deps, signal)
    : { members: config.members, leader: undefined }
  const ids = hub.members.map(({ id }) => id)
  if (from !== undefined && !ids.includes(from)) {
    const text = `--from is "${from}", not one of the clusters: ${ids.join(', ')}`
    throw usageError(text, nearest(from, ids))
  }
  const read = await Promise.all(
    hub.members.map(({ id, spec }) => {
      const kubectl = kubectlWords(spec, id, deps.env)
      const policy = policyOf(config.policies, id)
      const query = { name: id, kubectl, policy, namespace, service: name, rightsOf }
      return withClient(spec, deps, signal, (client, limit) =>
        readCluster(client, query, deps.clock, limit),
      )
    }),
  )
  const clusters = read.map(({ facts }) => facts)
  const leader = newest([hub.leader, ...read.map((one) => one.leader)])
  const leading = clusters.find((one) => one.name === leader?.cluster)
  const question = { namespace, name, zone }
  const types = typesOf(clusters.filter((one) => from === undefined || one.name === from))
  const ask = async (server: DnsServer | undefined): Promise<readonly DnsFacts[] | undefined> =>
    server && Promise.all(types.map((type) => askDns(server, dnsName(question), type, signal)))
  return {
    ...question,
    now: deps.clock.wall(),
    clusters,
    from,
    importMode: isConfigured ? config.importMode : undefined,
    hub:
      leading?.kubectl ??
      (isConfigured ? kubectlWords(hubSpec(config, deps.env), 'hub', deps.env) : 'kubectl'),
    leader,
    dns: await ask(dns),
    clusterDns: await ask(clusterDns),
  }
}

/** The members of the fleet with those from Secrets of the hub, as far as these can be read, and the leader. */
async function readFleet(
  config: FleetConfig,
  deps: FullClientDeps,
  signal: AbortSignal,
): Promise<Hub> {
  return withClient(hubSpec(config, deps.env), deps, signal, async (client, limit) => {
    try {
      const { secrets } = await readHub(client, limit)
      const leader = await readLeader(client, 'the hub', deps.clock, limit)
      return { members: usableMembers(secrets, config).members, leader }
    } catch (error) {
      // The hub may be away while the members of the configuration are not.
      if (signal.aborted || config.members.length === 0) throw error
      if (!(error instanceof ApiError) && !limit.aborted) throw error
      return { members: config.members, leader: undefined }
    }
  })
}

function policyOf({ members, defaults }: MemberPolicies, id: string) {
  return members.get(id) ?? defaults
}

/** The Lease that was renewed last; that of a member, where the hub is one. */
function newest(leaders: readonly (LeaderFacts | undefined)[]): LeaderFacts | undefined {
  const known = leaders.filter((one) => one !== undefined)
  return known.toReversed().sort((a, b) => a.ageMs - b.ageMs)[0]
}

/** The types of the addresses that DNS has to answer; A where there are none. */
function typesOf(clusters: ServiceFacts['clusters']): readonly DnsFacts['type'][] {
  const addresses = clusters.flatMap(expectedAddresses)
  const has6 = addresses.some((one) => one.includes(':'))
  const has4 = addresses.some((one) => !one.includes(':'))
  return [...(has4 || !has6 ? (['A'] as const) : []), ...(has6 ? (['AAAA'] as const) : [])]
}
