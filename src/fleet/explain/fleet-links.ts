// Whether a fleet runs, and reaches the clusters of the service: by the Leases in its hub.
import { HUB_NAMESPACE } from '../api/names.ts'
import { shellWord } from './commands.ts'
import type { ClusterFacts, MemberLease, ObjectFacts } from './facts.ts'
import { broken, failed, holds, type Link, unseen } from './link.ts'
import { seconds } from './texts.ts'

/** Milliseconds between two probes of a member, which a Lease may be older than its duration. */
const PROBE_MS = 10_000

/** The links of the leader, and of the members in `involved`. */
export function fleetLinks(facts: ObjectFacts, involved: readonly ClusterFacts[]): readonly Link[] {
  const { members } = facts
  const leader = leaderLink(facts)
  const links = [leader, ...(facts.isConfigUnknown === true ? [policyLink(facts)] : [])]
  if (members === undefined || leader.state !== 'holds') return links
  const byId = new Map(members.map((one) => [one.id, one]))
  return [...links, ...involved.map((one) => memberLink(one, byId.get(one.id), facts))]
}

/** Contexts of a kubeconfig do not tell what the configuration of the fleet allows. */
function policyLink({ name, namespace }: ObjectFacts): Link {
  const text =
    "The fleet's configuration was not read: its namespaces, endpointCIDRs and exportLimits may leave out what is missing here."
  const command = `clusterset-dns explain ${name}.${namespace} --config FILE`
  return unseen({ id: 'fleet', at: '' }, text, command)
}

/** True for a member that the fleet does not reach. */
export function isOverdue({ ageMs, durationMs }: MemberLease): boolean {
  return ageMs > durationMs + PROBE_MS
}

function memberLink(
  { name, id, isIdUnknown }: ClusterFacts,
  lease: MemberLease | undefined,
  { hub }: ObjectFacts,
): Link {
  const at = { id: 'fleet', at: name } as const
  if (lease === undefined && isIdUnknown) {
    const command = `${hub} -n ${HUB_NAMESPACE} get leases`
    return failed(
      at,
      `The id of ${name} in the clusterset is not known, nor is its Lease.`,
      command,
    )
  }
  if (lease === undefined) {
    const text = `${name} (${id}) is no member of the fleet: the hub has no Lease member-${id}.`
    return broken(at, text, 'clusterset-dns fleet check --config FILE')
  }
  if (lease.hasLeft) {
    const command = `clusterset-dns fleet join ${shellWord(id)} --config FILE`
    return broken(at, `${name} has left the fleet.`, command)
  }
  if (!isOverdue(lease)) {
    return holds(at, `The fleet reached ${name} ${seconds(lease.ageMs)} ago.`)
  }
  const text =
    lease.ageMs === Number.POSITIVE_INFINITY
      ? `The fleet has never reached ${name}.`
      : `The fleet has not reached ${name} for ${seconds(lease.ageMs)}: its objects are as they were then.`
  const logs = `${hub} -n ${HUB_NAMESPACE} logs deployment/clusterset-dns-fleet | grep -w -e ${shellWord(name)}`
  return broken(at, text, logs)
}

function leaderLink({ leader, hub }: ObjectFacts): Link {
  if (leader === undefined) {
    const command = `${hub} -n ${HUB_NAMESPACE} get lease fleet-leader`
    const text = 'None of the clusters has the Lease of a fleet: is the hub another cluster?'
    return unseen({ id: 'fleet', at: '' }, text, command)
  }
  const { cluster, holder, ageMs, durationMs } = leader
  const at = { id: 'fleet', at: cluster } as const
  const renewed =
    ageMs === Number.POSITIVE_INFINITY
      ? 'never renewed its Lease'
      : `renewed its Lease ${seconds(ageMs)} ago`
  if (holder !== '' && ageMs <= 2 * durationMs) return holds(at, `The leader ${holder} ${renewed}.`)
  const command = `${hub} -n ${HUB_NAMESPACE} rollout restart deployment/clusterset-dns-fleet`
  const text = holder === '' ? 'No replica leads the fleet' : `The last leader ${holder} ${renewed}`
  return broken(at, `${text}: no fleet runs, so nothing changes.`, command)
}
