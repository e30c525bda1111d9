// The EndpointSlices of one import in one cluster: a step for each source. Slices of a source that is not heard
// are left alone; those of one that is heard and exports no more go.
import type { SliceRecord, Write } from './cluster.ts'
import { isTypeMismatch } from './import-conditions.ts'
import { type ImportedSlices, importedSlices } from './imported-slices.ts'
import type { Judgement } from './judgement.ts'
import type { ImportView, Port } from './model.ts'
import { MCS_SOURCE_CLUSTER_LABEL } from './names.ts'
import { packSlices } from './packing.ts'
import type { ServiceChange } from './service-change.ts'
import { sharedAddresses } from './shared-addresses.ts'
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
  readonly warnings: readonly string[]
}

const noService = { headless: false, ports: [], publishNotReadyAddresses: false }

export function planSlices(input: SlicesInput): SlicesPlan {
  const { judgement, serviceImport, served, hinted, imported } = input
  const { exports, slices, synced } = judgement
  const withheld = isWithheld(input)
  const sources = exports.map(({ export: { cluster }, service }) => {
    const source = {
      cluster,
      service,
      slices: slices.get(cluster) ?? [],
      served: served.get(cluster) ?? [],
    }
    return { cluster, desired: importedSlices(serviceImport, source, hinted) }
  })
  const steps = sources.map(({ desired }) =>
    write(withheld ? { ...desired, groups: [] } : desired, input),
  )
  const exporting = new Set(sources.map(({ cluster }) => cluster))
  const isOrphan = ({ labels }: SliceRecord) => !exporting.has(labels[MCS_SOURCE_CLUSTER_LABEL]!)
  if (imported.some(isOrphan)) {
    for (const cluster of [...synced].filter((id) => !exporting.has(id)).sort()) {
      const nothing = { cluster, service: noService, slices: [], served: [] }
      steps.push(write(importedSlices(serviceImport, nothing, false), input))
    }
  }
  return { steps, warnings: withheld ? [] : warningsOf(sources, judgement) }
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
  const resource = 'endpointslices'
  const { creates, updates, deletes } = packSlices(desired, imported, hasSlice)
  return [
    ...creates.map((slice): Write => {
      const { name } = slice
      return { action: 'create', resource, namespace, name, body: sliceBody(slice) }
    }),
    ...updates.map(({ slice, id }): Write => {
      return { action: 'patch', resource, namespace, id, body: slicePatch(slice), subresource: '' }
    }),
    ...deletes.map((id): Write => ({ action: 'delete', resource, namespace, id })),
  ]
}

function warningsOf(
  sources: readonly { readonly cluster: string; readonly desired: ImportedSlices }[],
  { namespace, name }: Judgement,
): readonly string[] {
  if (sources.length < 2) return []
  const endpoints = sources.map(({ cluster, desired: { groups } }) => ({
    cluster,
    endpoints: groups.flatMap((group) => group.endpoints),
  }))
  return sharedAddresses(endpoints).map(
    ({ address, clusters }) =>
      `service ${namespace}/${name}: the address ${address} is claimed by the clusters ` +
      `${clusters.join(' and ')}; both are served`,
  )
}
