// The EndpointSlices of one import in one cluster: a step for each source. Slices of a source that is not heard
// are left alone until it counts as lost; those of one that is heard and exports no more go.
import { MCS_SOURCE_CLUSTER_LABEL } from '../api/names.ts'
import type { SliceRecord } from '../api/records.ts'
import type { ImportView, Port } from '../api/types.ts'
import type { ObjectNote, Write } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { type ImportedSlices, importedSlices } from '../slices/desired-slices.ts'
import { packSlices } from '../slices/packing.ts'
import { sharedAddresses } from '../slices/shared-addresses.ts'
import { withZoneHints } from '../slices/zone-hints.ts'
import { isTypeMismatch } from './import-conditions.ts'
import type { ServiceChange } from './service-diff.ts'
import { type ExpiryAction, expiryAction, hasExpiredSource } from './source-expiry.ts'
import { sliceBody, slicePatch } from './write-bodies.ts'

export interface SlicesInput {
  readonly aggregated: AggregatedService
  readonly serviceImport: ImportView
  readonly change: ServiceChange
  /** What of the import's ports each cluster serves. */
  readonly served: ReadonlyMap<string, readonly Port[]>
  readonly hinted: boolean
  readonly imported: readonly SliceRecord[]
  readonly hasSlice: (name: string) => boolean
}

export interface SlicesPlan {
  readonly steps: readonly (readonly Write[])[]
  /** What becomes of the endpoints of the sources that have expired. */
  readonly expiryActions: ReadonlyMap<string, ExpiryAction>
  /** True while it is not known whether a source that had expired is back. */
  readonly hasUnknownSource: boolean
  readonly warnings: readonly ObjectNote[]
}

interface Source {
  readonly cluster: string
  readonly desired: ImportedSlices
}

const noService = { headless: false, ports: [], publishNotReadyAddresses: false }

export function planSlices(input: SlicesInput): SlicesPlan {
  const { aggregated, serviceImport, served, imported } = input
  const { exports, slices, synced } = aggregated
  const withheld = isWithheld(input)
  const contributed = exports.map(({ export: { cluster }, service }) => {
    const endpoints = { slices: slices.get(cluster) ?? [], served: served.get(cluster) ?? [] }
    return importedSlices(serviceImport, { cluster, service, ...endpoints })
  })
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
      const nothing = { cluster, service: noService, slices: [], served: [] }
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
    warnings: sharedAddressWarnings(written, serviceImport),
  }
}

/**
 * Sources of an import that has lost some, which this leader has neither reached nor found expired itself: what a
 * former one did with their endpoints stays.
 */
function unknownSources(
  ids: readonly string[],
  expiryActions: ReadonlyMap<string, ExpiryAction>,
  { aggregated: { membership }, serviceImport: { conditions } }: SlicesInput,
): ReadonlySet<string> {
  if (!hasExpiredSource(conditions)) return new Set()
  return new Set(ids.filter((id) => !expiryActions.has(id) && !membership.hasReached(id)))
}

/** The fates of the expired among those that export and those that are not heard, but left their traces. */
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
 * True when no endpoint may go into the import: they would end up in a Service that is not ours, or in one of
 * the wrong type.
 */
function isWithheld({ aggregated, serviceImport, change }: SlicesInput): boolean {
  if (change.action === 'conflict') return true
  if (change.action === 'wait' && change.reason === 'InvalidName') return true
  if (aggregated.unreachable.size === 0) return isTypeMismatch(serviceImport, aggregated.merged)
  const ready = serviceImport.conditions.find(({ type }) => type === 'Ready')
  // One that came meanwhile was never judged: what can be heard has to do.
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

/** One for each set of clusters, without an address: pods come and go, and each would be told anew. */
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
        `The clusters ${clusters} have endpoints of the same address; all are served, and traffic reaches ` +
        'whichever the network knows. Pod networks of a clusterset must not overlap.',
    }
  })
}
