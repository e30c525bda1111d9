// Walks the way of a service from its export to the answer of DNS, and says of each link whether it holds. Pure.
import { type AggregatedService, aggregateExports, namedSources } from '../merge/aggregate.ts'
import { noRecords } from '../merge/membership.ts'
import { clusterLinks } from './cluster-links.ts'
import { conflictLinks } from './conflict-links.ts'
import { dnsLinks, expectedAnswer } from './dns-links.ts'
import type {
  ClusterFacts,
  DnsAnswers,
  ExpectedAnswer,
  ObjectFacts,
  ServiceFacts,
} from './facts.ts'
import { fleetLinks } from './fleet-links.ts'
import { importLinks, modeIn } from './import-links.ts'
import { type Link, linkIds } from './link.ts'
import { noExport, sourceLinks } from './source-links.ts'
import { isKnown, missingLinks, type Sources, sourcesOf } from './sources.ts'

/** The whole way of one service. */
export interface Explanation {
  readonly namespace: string
  readonly name: string
  readonly zone: string
  /** In the order of the way. */
  readonly links: readonly Link[]
}

/** The way of a service without DNS, and what DNS has to answer at its end. */
export interface ObjectsExplanation extends Explanation {
  /** The names of all clusters. */
  readonly clusters: readonly string[]
  /** In each importing cluster that was looked at. */
  readonly answers: readonly ExpectedAnswer[]
}

/** The links of a service, in the order of the way. */
export function explainService(facts: ServiceFacts): Explanation {
  return explainDns(explainObjects(facts), facts)
}

/** Appends the links of DNS, which are the last ones. */
export function explainDns(objects: ObjectsExplanation, dns: DnsAnswers): Explanation {
  const { answers, clusters: _, ...explanation } = objects
  const links = [...explanation.links, ...dnsLinks(explanation, dns, answers)]
  return { ...explanation, links }
}

/** The links of a service without those of DNS. */
export function explainObjects(facts: ObjectFacts): ObjectsExplanation {
  const { namespace, name, zone, clusters } = facts
  const readable = clusters.filter(({ problem }) => problem === undefined)
  const sources = sourcesOf(facts)
  const { found } = sources
  const aggregated = aggregate(facts)
  const importers = importersOf(facts, readable, found)
  const needed = new Set([...neededOf(facts, readable, found), ...importers])
  const links = [
    ...clusters.flatMap((one) => clusterLinks(one, needed.has(one))),
    ...fleetLinks(facts, [...new Set([...found, ...importers])]),
    ...exportLinks(facts, readable, sources),
    ...missingLinks(sources, facts),
    ...conflictLinks(aggregated, facts, sources),
    ...importers.flatMap((one) => importLinks(one, aggregated, facts, sources)),
  ]
  const order = new Map(linkIds.map((id, i) => [id, i]))
  // Stable: clusters stay in their order within a link.
  const sorted = links.sort((a, b) => order.get(a.id)! - order.get(b.id)!)
  return {
    namespace,
    name,
    zone,
    links: sorted,
    clusters: clusters.map((one) => one.name),
    answers: importers.map(expectedAnswer),
  }
}

/** The first broken link: what to mend first. Undefined if none is. */
export function firstBroken({ links }: Explanation): Link | undefined {
  return links.find(({ state }) => state === 'broken')
}

/** 0: whole; 1: a link is broken; 3: none is, but one could not be looked at. */
export function explainExitCode(explanation: Explanation): 0 | 1 | 3 {
  if (firstBroken(explanation) !== undefined) return 1
  return explanation.links.some(({ state }) => state === 'failed') ? 3 : 0
}

/** The exports as the fleet merges them. */
function aggregate({ clusters, namespace, name, exportLimits }: ObjectFacts): AggregatedService {
  const members = clusters.map((one) => ({
    id: one.id,
    synced: isKnown(one),
    snapshot: one.snapshot,
    policy: one.policy,
    overQuota: undefined,
  }))
  return aggregateExports(`${namespace}/${name}`, members, noRecords, exportLimits)
}

function exportLinks(
  facts: ObjectFacts,
  readable: readonly ClusterFacts[],
  { found, missing }: Sources,
): readonly Link[] {
  if (found.length === 0) {
    return readable.length === 0 || missing.length > 0 ? [] : [noExport(facts, readable)]
  }
  const all = found.map((one) => sourceLinks(one, facts))
  const isServed = all.some(
    (links, i) =>
      found[i]!.unread.has('endpointslices') ||
      links.some(({ id, state }) => id === 'endpoints' && state !== 'broken'),
  )
  // Endpoints of another cluster answer in the meantime, or may do so.
  return all.flat().map((link) => (link.id === 'endpoints' && isServed ? softened(link) : link))
}

function softened(link: Link): Link {
  return link.state === 'broken' ? { ...link, state: 'warning' } : link
}

/** The clusters to look at as importers: `from`, else those that import or shall import, else all that do not export. */
function importersOf(
  facts: ObjectFacts,
  readable: readonly ClusterFacts[],
  sources: readonly ClusterFacts[],
): readonly ClusterFacts[] {
  if (facts.from !== undefined) return readable.filter(({ name }) => name === facts.from)
  const importing = readable.filter(
    (one) => one.snapshot.import !== undefined || isAutoImporter(one, facts),
  )
  if (importing.length > 0) return importing
  const others = readable.filter((one) => !sources.includes(one))
  // A cluster without the CRDs may have nothing to do with the clusterset.
  const able = others.filter(({ unread }) => unread.get('serviceimports')?.reason !== 'missing')
  if (able.length > 0) return able
  return others.length > 0 ? others : readable
}

/** True if the fleet creates the import in the cluster. */
function isAutoImporter(cluster: ClusterFacts, facts: ObjectFacts): boolean {
  const { snapshot, policy } = cluster
  if (snapshot.namespace === undefined || snapshot.namespace.terminating) return false
  return modeIn(cluster, facts) === 'auto' && policy.importsInto(facts.namespace)
}

/**
 * The clusters without which the service is not whole: `from`, the sources, also those that only an import names, and all of
 * them while no source is known. If no cluster can be read, the fault may be ours.
 */
function neededOf(
  { clusters, from }: ObjectFacts,
  readable: readonly ClusterFacts[],
  sources: readonly ClusterFacts[],
): ReadonlySet<ClusterFacts> {
  if (readable.length === 0) return new Set()
  const named = new Set(readable.flatMap(({ snapshot }) => namedSources(snapshot)))
  return new Set(
    clusters.filter(
      (one) =>
        sources.length === 0 || sources.includes(one) || one.name === from || named.has(one.id),
    ),
  )
}
