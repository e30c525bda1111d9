// The EndpointSlices of one import in one cluster: a step for each source. Slices of a source that is not heard
// are left alone until it counts as lost; those of one that is heard and exports no more go.
import type { ObjectNote, SliceRecord, Write } from './cluster.ts'
import { isTypeMismatch } from './import-conditions.ts'
import { type ImportedSlices, importedSlices } from './imported-slices.ts'
import type { Judgement } from './judgement.ts'
import type { ImportView, Port } from './model.ts'
import { MCS_SOURCE_CLUSTER_LABEL } from './names.ts'
import { packSlices } from './packing.ts'
import type { ServiceChange } from './service-change.ts'
import { sharedAddresses } from './shared-addresses.ts'
import { type SliceFate, sliceFate } from './slice-fate.ts'
import { sliceBody, slicePatch } from './write-bodies.ts'

export interface SlicesInput {
  readonly judgement: Judgement
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
  readonly fates: ReadonlyMap<string, SliceFate>
  readonly warnings: readonly ObjectNote[]
}

interface Source {
  readonly cluster: string
  readonly desired: ImportedSlices
}

const noService = { headless: false, ports: [], publishNotReadyAddresses: false }

export function planSlices(input: SlicesInput): SlicesPlan {
  const { judgement, serviceImport, served, hinted, imported } = input
  const { exports, slices, synced } = judgement
  const withheld = isWithheld(input)
  const sources = exports.map(({ export: { cluster }, service }): Source => {
    const source = {
      cluster,
      service,
      slices: slices.get(cluster) ?? [],
      served: served.get(cluster) ?? [],
    }
    return { cluster, desired: importedSlices(serviceImport, source, hinted) }
  })
  const exporting = new Set(sources.map(({ cluster }) => cluster))
  const orphaned = new Set(
    imported.map(({ labels }) => labels[MCS_SOURCE_CLUSTER_LABEL] ?? ''),
  ).difference(exporting)
  const unheard = orphaned.union(new Set(serviceImport.clusters)).difference(exporting)
  const fates = fatesOf(sources, unheard.difference(synced), input)
  const steps = sources.map(({ cluster, desired }) =>
    write(withheld || fates.get(cluster) === 'drop' ? { ...desired, groups: [] } : desired, input),
  )
  for (const cluster of [...orphaned].sort()) {
    if (!synced.has(cluster) && fates.get(cluster) !== 'drop') continue
    const nothing = { cluster, service: noService, slices: [], served: [] }
    steps.push(write(importedSlices(serviceImport, nothing, false), input))
  }
  return { steps, fates, warnings: withheld ? [] : warningsOf(sources, serviceImport) }
}

/** The fates of the expired among those that export and those that were never heard, but left their traces. */
function fatesOf(
  sources: readonly Source[],
  unheard: ReadonlySet<string>,
  { judgement: { standing }, serviceImport: { annotations } }: SlicesInput,
): ReadonlyMap<string, SliceFate> {
  const ids = [...sources.map(({ cluster }) => cluster), ...unheard]
  const expired = ids.filter((id) => standing.phase(id) === 'expired').sort()
  const others = sources.map(({ cluster, desired }) => ({
    phase: standing.phase(cluster),
    readyEndpoints: desired.groups
      .flatMap(({ endpoints }) => endpoints)
      .filter(({ conditions }) => conditions.ready !== false).length,
  }))
  return new Map(expired.map((id) => [id, sliceFate('expired', annotations, others)]))
}

/**
 * True when no endpoint may go into the import: they would end up in a Service that is not ours, or in one of
 * the wrong type.
 */
function isWithheld({ judgement, serviceImport, change }: SlicesInput): boolean {
  if (change.action === 'conflict') return true
  if (change.action === 'wait' && change.reason === 'InvalidName') return true
  if (judgement.frozen.size === 0) return isTypeMismatch(serviceImport, judgement.merged)
  return serviceImport.conditions.some(({ reason }) => reason === 'TypeMismatch')
}

function write(desired: ImportedSlices, { imported, hasSlice }: SlicesInput): readonly Write[] {
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

/** One for each set of clusters: pod networks that overlap have more addresses than anybody would read. */
function warningsOf(sources: readonly Source[], serviceImport: ImportView): readonly ObjectNote[] {
  if (sources.length < 2) return []
  const endpoints = sources.map(({ cluster, desired: { groups } }) => ({
    cluster,
    endpoints: groups.flatMap((group) => group.endpoints),
  }))
  const shared = Map.groupBy(sharedAddresses(endpoints), ({ clusters }) => clusters.join(' and '))
  return [...shared].map(([clusters, [first, ...more]]) => {
    const others = more.length === 0 ? '' : ', and others,'
    return {
      resource: 'serviceimports',
      namespace: serviceImport.namespace,
      id: serviceImport,
      about: `SharedAddress ${clusters}`,
      type: 'Warning',
      reason: 'SharedAddress',
      message:
        `The address ${first!.address}${others} is claimed by the clusters ${clusters}; ` +
        'endpoints of both are served.',
    }
  })
}
