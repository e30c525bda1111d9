// The EndpointSlices of one import in one cluster, one step for each source cluster. Slices of an unreachable source
// are kept at least until its lease expires. Slices of a synced source that no longer exports are deleted.
import { MCS_SOURCE_CLUSTER_LABEL } from '../api/names.ts'
import type { ServedPort } from '../api/ports.ts'
import type { SliceRecord } from '../api/records.ts'
import type { ImportView } from '../api/types.ts'
import type { ObjectNote, Write } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { type ImportedSlices, type ImportSource, importedSlices } from '../slices/desired-slices.ts'
import { packSlices } from '../slices/packing.ts'
import { sharedAddresses } from '../slices/shared-addresses.ts'
import { withZoneHints } from '../slices/zone-hints.ts'
import { type EndpointFilter, leftOutNotes } from './endpoint-filter.ts'
import { isTypeMismatch } from './import-conditions.ts'
import type { Refusals } from './refusals.ts'
import type { ServiceChange } from './service-diff.ts'
import { type ExpiryAction, expiryAction, hasExpiredSource } from './source-expiry.ts'
import { withoutRefusedEndpoints } from './without-refused.ts'
import { sliceBody, slicePatch } from './write-bodies.ts'

interface SlicesInput {
  readonly aggregated: AggregatedService
  readonly serviceImport: ImportView
  readonly change: ServiceChange
  /** By cluster id: the ports of the import that the cluster serves. */
  readonly served: ReadonlyMap<string, readonly ServedPort[]>
  /** True if endpoints get zone hints. */
  readonly hinted: boolean
  readonly imported: readonly SliceRecord[]
  readonly refusals: Refusals
  readonly filter: EndpointFilter
  readonly hasSlice: (name: string) => boolean
}

interface SlicesPlan {
  readonly steps: readonly (readonly Write[])[]
  /** By id of each expired source cluster: whether its endpoints are kept or dropped. */
  readonly expiryActions: ReadonlyMap<string, ExpiryAction>
  /** True while this leader does not know the state of a source cluster that had expired. */
  readonly hasUnknownSource: boolean
  /** Ids of the source clusters with endpoints that are all left out, because the API server refuses them. */
  readonly emptied: readonly string[]
  readonly warnings: readonly ObjectNote[]
}

interface Source {
  readonly cluster: string
  readonly desired: ImportedSlices
}

const refuseAll = () => 'the cluster does not export'

const noService = { headless: false, ports: [], publishNotReadyAddresses: false }

/** Plans the EndpointSlices of one import. */
export function planSlices(input: SlicesInput): SlicesPlan {
  const { aggregated, serviceImport, served, imported, refusals, filter } = input
  const { exports, slices, synced } = aggregated
  const withheld = isWithheld(input)
  const given = exports.map(({ export: { cluster }, service }) => {
    const endpoints = { slices: slices.get(cluster) ?? [], served: served.get(cluster) ?? [] }
    return { cluster, service, ...endpoints, refusalOf: filter.from(cluster) }
  })
  const contributed = given.map((source) =>
    importedSlices(serviceImport, withoutRefusedEndpoints(source, refusals)),
  )
  const isEmptied = (source: ImportSource, i: number) =>
    contributed[i]!.groups.length === 0 && importedSlices(serviceImport, source).groups.length > 0
  const emptied = refusals.parts.size === 0 ? [] : given.filter(isEmptied)
  const sources = exports.map(({ export: { cluster } }, i) => ({
    cluster,
    desired: contributed[i]!,
  }))
  const exporting = new Set(sources.map(({ cluster }) => cluster))
  const orphaned = new Set(
    imported.map(({ labels }) => labels[MCS_SOURCE_CLUSTER_LABEL] ?? ''),
  ).difference(exporting)
  const unreachable = orphaned.union(new Set(serviceImport.clusters)).difference(exporting)
  const expiryActions = planExpiryActions(sources, unreachable.difference(synced), input)
  const unknownIds = unknownSources([...exporting, ...unreachable], expiryActions, input)
  const written = sources
    .filter(({ cluster }) => !unknownIds.has(cluster))
    .map(({ cluster, desired }) => {
      const isEmpty = withheld || expiryActions.get(cluster) === 'drop'
      return { cluster, desired: isEmpty ? { ...desired, groups: [] } : desired }
    })
  const gone = [...orphaned]
    .filter((cluster) => synced.has(cluster) || expiryActions.get(cluster) === 'drop')
    .map((cluster) => {
      const nothing = { cluster, service: noService, slices: [], served: [], refusalOf: refuseAll }
      return { cluster, desired: importedSlices(serviceImport, nothing) }
    })
  const ours = new Set([...written, ...gone].map(({ cluster }) => cluster))
  const kept = imported.filter(({ labels }) => !ours.has(labels[MCS_SOURCE_CLUSTER_LABEL] ?? ''))
  const desired = written.map((one) => one.desired)
  const hinted = input.hinted ? withZoneHints(desired, kept) : desired
  return {
    steps: [...hinted, ...gone.map((one) => one.desired)].map((one) => writeSlices(one, input)),
    expiryActions,
    hasUnknownSource: unknownIds.size > 0,
    emptied: emptied.map(({ cluster }) => cluster).sort(),
    warnings: [
      ...sharedAddressWarnings(written, serviceImport),
      ...leftOutNotes(filter.leftOut(), serviceImport),
    ],
  }
}

/**
 * Source clusters whose state is unknown to this leader; EndpointSlices written by the previous leader are kept. Only
 * an import with an expired source has any.
 */
function unknownSources(
  ids: readonly string[],
  expiryActions: ReadonlyMap<string, ExpiryAction>,
  { aggregated: { membership }, serviceImport: { conditions } }: SlicesInput,
): ReadonlySet<string> {
  if (!hasExpiredSource(conditions)) return new Set()
  return new Set(ids.filter((id) => !expiryActions.has(id) && !membership.hasReached(id)))
}

/** Decides for each expired source cluster whether its EndpointSlices are kept or dropped. */
function planExpiryActions(
  sources: readonly Source[],
  unreachable: ReadonlySet<string>,
  { aggregated: { membership }, serviceImport: { annotations } }: SlicesInput,
): ReadonlyMap<string, ExpiryAction> {
  const ids = [...sources.map(({ cluster }) => cluster), ...unreachable]
  const expired = ids.filter((id) => membership.phase(id) === 'expired').sort()
  const others = sources.map(({ cluster, desired }) => ({
    phase: membership.phase(cluster),
    readyEndpoints: desired.groups
      .flatMap(({ endpoints }) => endpoints)
      .filter(({ conditions }) => conditions.ready !== false).length,
  }))
  return new Map(expired.map((id) => [id, expiryAction(annotations, others)]))
}

/**
 * True if the import must get no endpoints: they would go into a Service that is not ours, or into one of the wrong
 * type.
 */
function isWithheld({ aggregated, serviceImport, change }: SlicesInput): boolean {
  if (change.action === 'conflict') return true
  if (change.action === 'wait' && change.reason === 'InvalidName') return true
  if (aggregated.unreachable.size === 0) return isTypeMismatch(serviceImport, aggregated.merged)
  const ready = serviceImport.conditions.find(({ type }) => type === 'Ready')
  // A new import has no result from before the outage: compare with the synced exports.
  if (ready === undefined || ready.status === 'Unknown') {
    return isTypeMismatch(serviceImport, aggregated.merged)
  }
  return ready.reason === 'TypeMismatch'
}

function writeSlices(
  desired: ImportedSlices,
  { imported, hasSlice }: SlicesInput,
): readonly Write[] {
  const { namespace } = desired
  const source = desired.labels[MCS_SOURCE_CLUSTER_LABEL]!
  const where = { resource: 'endpointslices', namespace, source } as const
  const { creates, updates, deletes } = packSlices(desired, imported, hasSlice)
  return [
    ...creates.map((slice): Write => {
      const { name } = slice
      return { ...where, action: 'create', name, body: sliceBody(slice) }
    }),
    ...updates.map(({ slice, id }): Write => {
      return { ...where, action: 'patch', id, body: slicePatch(slice), subresource: '' }
    }),
    ...deletes.map((id): Write => ({ ...where, action: 'delete', id })),
  ]
}

/** One warning for each set of clusters. It names no address, since every new pod would repeat it. */
function sharedAddressWarnings(
  sources: readonly Source[],
  serviceImport: ImportView,
): readonly ObjectNote[] {
  if (sources.length < 2) return []
  const endpoints = sources.map(({ cluster, desired: { groups } }) => ({
    cluster,
    endpoints: groups.flatMap((group) => group.endpoints),
  }))
  const shared = Map.groupBy(sharedAddresses(endpoints), ({ clusters }) => clusters.join(' and '))
  return [...shared.keys()].map((clusters) => {
    return {
      resource: 'serviceimports',
      namespace: serviceImport.namespace,
      id: serviceImport,
      about: `SharedAddress ${clusters}`,
      type: 'Warning',
      reason: 'SharedAddress',
      message:
        `The clusters ${clusters} have endpoints with the same address. All are served, and traffic goes ` +
        'wherever the network routes it. Pod networks of a clusterset must not overlap.',
    }
  })
}
