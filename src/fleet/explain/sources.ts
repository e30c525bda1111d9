// Which clusters export the service, and of which sources the state is not known.
import { namedSources } from '../merge/aggregate.ts'
import { inNamespace, shellWord } from './commands.ts'
import type { ClusterFacts, ObjectFacts } from './facts.ts'
import { isOverdue } from './fleet-links.ts'
import { failed, type Link } from './link.ts'
import { listed } from './texts.ts'

/** The sources of a service. */
export interface Sources {
  /** The clusters with a ServiceExport that is not being deleted. */
  readonly found: readonly ClusterFacts[]
  /** Ids that imports name, but no cluster that was looked at has; sorted. */
  readonly missing: readonly string[]
  /** Ids of all sources whose state is not known, to us or to the fleet; sorted. Merged fields are not compared then. */
  readonly unknown: readonly string[]
}

/** The sources, by the ServiceExports and the imports that were read. */
export function sourcesOf({ clusters, members }: ObjectFacts): Sources {
  const found = clusters.filter(({ snapshot }) => snapshot.export && !snapshot.export.deleting)
  const leases = new Map(members?.map((one) => [one.id, one]))
  const named = clusters.flatMap(({ snapshot }) => namedSources(snapshot))
  const ids = [...new Set([...named, ...found.map(({ id }) => id)])]
    .filter((id) => !leases.get(id)?.hasLeft)
    .sort()
  const all = new Set(clusters.map(({ id }) => id))
  const known = new Set(clusters.filter(isKnown).map(({ id }) => id))
  const isAway = (id: string) => {
    const lease = leases.get(id)
    return lease !== undefined && isOverdue(lease)
  }
  return {
    found,
    missing: ids.filter((id) => !all.has(id)),
    unknown: ids.filter((id) => !known.has(id) || isAway(id)),
  }
}

/** True if it was read whether the cluster exports the service, and what. */
export function isKnown({ problem, unread, snapshot }: ClusterFacts): boolean {
  if (problem !== undefined || unread.has('serviceexports')) return false
  return snapshot.export === undefined || !unread.has('services')
}

/** A link for each source that was not looked at. */
export function missingLinks(
  { missing }: Sources,
  { clusters, namespace, name }: ObjectFacts,
): readonly Link[] {
  const guessed = clusters.filter((one) => one.isIdUnknown).map((one) => one.name)
  return missing.map((id) => {
    const at = { id: 'export', at: id } as const
    if (guessed.length > 0) {
      const text = `${id}, which an import names, may be ${guessed.join(' or ')}: their ids in the clusterset could not be read.`
      const contexts = `--contexts ${shellWord(`${id}=CONTEXT`)}`
      return failed(at, text, `clusterset-dns explain ${name}.${namespace} ${contexts}`)
    }
    const kubectl = `kubectl --context ${shellWord(id)}`
    const command = inNamespace({ kubectl }, namespace, `get serviceexport ${name} -o yaml`)
    return failed(at, `${id}, which an import names, was not looked at.`, command)
  })
}

/** Why merged fields are not compared; undefined if they are. */
export function frozenText({ unknown }: Pick<Sources, 'unknown'>): string | undefined {
  if (unknown.length === 0) return undefined
  const ids = listed(unknown)
  return `the state of ${ids} is not known, and the fleet keeps them as they are while it does not reach ${ids}.`
}
