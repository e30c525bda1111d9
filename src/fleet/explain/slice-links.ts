// Whether the importing cluster has the endpoints of each source cluster.
import type { CanonicalAddress } from '../api/addresses.ts'
import { MCS_SOURCE_CLUSTER_LABEL } from '../api/names.ts'
import { isOurService } from '../api/ownership.ts'
import type { ImportRecord, SliceRecord } from '../api/records.ts'
import type { SliceView } from '../api/types.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { endpointFilter } from '../plan/endpoint-filter.ts'
import { type ImportPorts, importPorts } from '../plan/import-ports.ts'
import { importedSlices } from '../slices/desired-slices.ts'
import { fleetLogs } from './commands.ts'
import type { ClusterFacts, ObjectFacts } from './facts.ts'
import { broken, holds, type Link, warning } from './link.ts'
import { conditionsOf } from './source-links.ts'
import { listed, seconds } from './texts.ts'

type Facts = Pick<ObjectFacts, 'name' | 'hub' | 'now' | 'clusters'>

/** What the importing cluster has to have, and has, of one source cluster. */
interface SourceSlices {
  readonly source: string
  readonly wanted: readonly Pick<SliceView, 'endpoints'>[]
  readonly present: readonly SliceRecord[]
  /** Why the fleet leaves out addresses, by address. */
  readonly leftOut: ReadonlyMap<string, string>
  /** The message of the import's condition Ready. */
  readonly message: string
}

/**
 * A link for each source cluster whose EndpointSlices were read. `isFrozen`: a source is not known, so the fleet keeps the
 * ports as they are.
 */
export function sliceLinks(
  cluster: ClusterFacts,
  serviceImport: ImportRecord,
  aggregated: AggregatedService,
  facts: Facts,
  isFrozen: boolean,
): readonly Link[] {
  if (cluster.unread.has('endpointslices')) return []
  const { imported } = cluster.snapshot
  const { exports } = aggregated
  const { served } = portsOf(cluster, serviceImport, aggregated, isFrozen)
  const bySource = Map.groupBy(imported, ({ labels }) => labels[MCS_SOURCE_CLUSTER_LABEL] ?? '')
  const unread = new Set(
    facts.clusters.filter((one) => one.unread.has('endpointslices')).map(({ id }) => id),
  )
  // The source that a slice names may then be any of the clusters.
  const isAnySource = facts.clusters.some((one) => one.isIdUnknown)
  const message = conditionsOf(serviceImport.conditions).Ready?.message ?? ''
  const links = exports
    .filter((one) => !unread.has(one.export.cluster))
    .map(({ export: { cluster: source }, service }) => {
      const leftOut = overLimit(source, aggregated, facts)
      const slices = aggregated.slices.get(source)!
      const refusalOf = refusalIn(cluster, source, aggregated, leftOut)
      const ports = { served: served.get(source)!, refusalOf }
      const wanted = importedSlices(serviceImport, { cluster: source, service, slices, ...ports })
      const present = isAnySource ? imported : (bySource.get(source) ?? [])
      const found = { source, wanted: wanted.groups, present, leftOut, message }
      return sourceLink(cluster, found, facts, isAnySource)
    })
  if (isAnySource) return links
  const known = new Set(exports.map((one) => one.export.cluster))
  const others = [...bySource.keys()].filter((source) => !known.has(source)).sort()
  const at = { id: 'slices', at: cluster.name } as const
  const kept = others.map((source) =>
    warning(
      at,
      `${bySource.get(source)!.length} EndpointSlices of ${source} are kept, whose export was not seen.`,
    ),
  )
  return [...links, ...kept]
}

/** The ports as the fleet matches them: without a merge, those of the `amcs-` Service stay. */
function portsOf(
  { snapshot: { derived } }: ClusterFacts,
  serviceImport: ImportRecord,
  { merged, exports }: AggregatedService,
  isFrozen: boolean,
): ImportPorts {
  if (!isFrozen) return importPorts(serviceImport, merged, exports)
  const former = derived && isOurService(derived, serviceImport.name) ? derived.ports : []
  const ports = serviceImport.ports.length === 0 ? former : serviceImport.ports
  return importPorts({ ports }, undefined, exports, former)
}

/** The addresses of a source that are over the limits of an export. */
function overLimit(
  source: string,
  { slices, exceeded }: AggregatedService,
  { clusters }: Facts,
): Map<string, string> {
  if (!exceeded.has(source)) return new Map()
  const all = addressesOf([...clusters.find(({ id }) => id === source)!.snapshot.slices])
  const cut = all.difference(addressesOf(slices.get(source)!))
  return new Map([...cut].map((address) => [address, 'over the exportLimits']))
}

/** The filter of the fleet for the endpoints of a source; remembers in `leftOut` what it refuses. */
function refusalIn(
  { id, policy }: ClusterFacts,
  source: string,
  aggregated: AggregatedService,
  leftOut: Map<string, string>,
): (address: CanonicalAddress) => string | undefined {
  const ownAddress = (address: CanonicalAddress) =>
    policy.isOwn(address) ? 'in the ownCIDRs of this cluster' : undefined
  const filter = endpointFilter(aggregated, { cluster: id, ownAddress }).from(source)
  return (address) => {
    const why = filter(address)
    if (why !== undefined) leftOut.set(address.text, why)
    return why
  }
}

function sourceLink(
  { name, changedAt }: ClusterFacts,
  { source, wanted, present, leftOut, message }: SourceSlices,
  facts: Facts,
  isAnySource: boolean,
): Link {
  const at = { id: 'slices', at: name } as const
  const expected = addressesOf(wanted)
  const found = addressesOf(present)
  const missing = [...expected.difference(found)].sort()
  const extra = isAnySource ? [] : [...found.difference(expected)].sort()
  const age =
    changedAt === undefined ? '' : ` The last change was ${seconds(facts.now - changedAt)} ago.`
  const count = `${expected.size - missing.length} of ${expected.size} addresses of ${source} are imported`
  if (missing.length > 0) {
    const text = `${count}; these are missing: ${listed(missing)}.`
    // The fleet also knows the cluster's own network, which is not in the configuration.
    if (message.includes('left out') && message.includes(`(cluster ${source})`)) {
      return warning(at, `${text} ${message}${age}`)
    }
    return broken(at, `${text}${age}`, fleetLogs(facts))
  }
  if (extra.length > 0) {
    return warning(at, `${count}; these are gone in ${source}: ${listed(extra)}.${age}`)
  }
  if (leftOut.size > 0) {
    const reasons = [...leftOut].sort(([a], [b]) => (a < b ? -1 : 1))
    const texts = reasons.map(([address, why]) => `${address} (${why})`)
    return warning(at, `${count}. The fleet leaves out ${listed(texts)}.${age}`)
  }
  return holds(at, `${count}.${age}`)
}

function addressesOf(slices: readonly Pick<SliceView, 'endpoints'>[]): Set<string> {
  return new Set(slices.flatMap(({ endpoints }) => endpoints.flatMap((one) => one.addresses)))
}
