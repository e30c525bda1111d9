// Reads what the status of a fleet needs from its members. Never rejects: what cannot be read is not known.
import type { ExportView } from '../api/types.ts'
import type { KubeCluster } from '../member/kube-cluster.ts'
import type { ObservedMember } from './cluster-status.ts'

type Member = Pick<
  KubeCluster,
  'name' | 'id' | 'synced' | 'problem' | 'skewMs' | 'mcsVersions' | 'kubernetesVersion' | 'reader'
>

/** What is known of the members. Their versions are read until the signal aborts. */
export function observeMembers(
  members: readonly Member[],
  signal: AbortSignal,
): Promise<readonly ObservedMember[]> {
  return Promise.all(
    members.map(async (member) => {
      const isAway = member.problem?.kind === 'away'
      return observeMember(member, isAway ? '' : await member.kubernetesVersion(signal))
    }),
  )
}

/** What is known of a member without asking it. */
export function observeMember(member: Member, kubernetes = ''): ObservedMember {
  const { name, id, synced, problem, skewMs, mcsVersions, reader } = member
  return { name, id, synced, problem, skewMs, mcsVersions, counts: reader.counts, kubernetes }
}

/** The exports of all members. */
export function* exportsOf(members: readonly Pick<Member, 'reader'>[]): Iterable<ExportView> {
  for (const { reader } of members) yield* reader.exports()
}
