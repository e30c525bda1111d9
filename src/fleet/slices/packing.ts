// From desired endpoints to writes of EndpointSlices: one change of an endpoint is one write, and no change
// is none. New slices get names that say whose they are and are the same when a create is tried again, so
// that an answer which was lost does not lead to a second slice.
import {
  HEADLESS_LABEL,
  MANAGED_BY_LABEL,
  MCS_SERVICE_NAME_LABEL,
  MCS_SOURCE_CLUSTER_LABEL,
} from '../api/names.ts'
import { isOwnedBy } from '../api/ownership.ts'
import type {
  EndpointView,
  ExistingSlice,
  ObjectId,
  OwnerReference,
  SlicePort,
  StringMap,
} from '../api/types.ts'
import { type Bin, fillBins, SLICE_MAX_ENDPOINTS } from './bin-packing.ts'
import { groupKey, type ImportedSlices, type SliceGroup, sourceOfName } from './desired-slices.ts'

/** A slice as it is to be written. */
export interface SliceWrite {
  readonly namespace: string
  readonly name: string
  readonly labels: StringMap
  readonly ownerReferences: readonly OwnerReference[]
  readonly addressType: string
  readonly ports: readonly SlicePort[]
  readonly endpoints: readonly EndpointView[]
}

/** Write creates and updates before deletes: an endpoint is then never missing, at most there twice. */
export interface SlicePlan {
  readonly creates: readonly SliceWrite[]
  readonly updates: readonly { readonly slice: SliceWrite; readonly id: ObjectId }[]
  readonly deletes: readonly ObjectId[]
}

/**
 * The writes that take `existing` to `desired`. Of `existing` only the slices that are ours for this import
 * and source count; others are left alone. `isTaken` knows further names in the namespace that no new slice
 * may have.
 */
export function packSlices(
  desired: ImportedSlices,
  existing: readonly ExistingSlice[],
  isTaken: (name: string) => boolean = () => false,
): SlicePlan {
  const names = new Set(existing.map(({ name }) => name))
  const ours = existing.filter((slice) => isOurSlice(slice, desired) && !slice.deleting)
  const creates: SliceWrite[] = []
  const updates: { slice: SliceWrite; id: ObjectId }[] = []
  const kept = new Set<ExistingSlice>()
  const isStale = (slice: ExistingSlice) => !hasDesiredMetadata(slice, desired)
  let ordinal = 0
  const freeName = (): string => {
    const name = `${desired.namePrefix}${ordinal++}`
    return names.has(name) || isTaken(name) ? freeName() : name
  }
  for (const [group, slices] of assignSlices(desired.groups, ours)) {
    for (const bin of fillBins(group, slices, isStale)) {
      if (bin.endpoints.length === 0) continue
      if (bin.existing === undefined) {
        creates.push(sliceWrite(desired, group, bin, freeName()))
        continue
      }
      kept.add(bin.existing)
      if (!bin.changed) continue
      updates.push({
        slice: sliceWrite(desired, group, bin, bin.existing.name),
        id: idOf(bin.existing),
      })
    }
  }
  return { creates, updates, deletes: ours.filter((slice) => !kept.has(slice)).map(idOf) }
}

/**
 * True for a slice that was made for this import and source: by its name, which no hand can change, or by our labels
 * where the name says nothing.
 */
function isOurSlice(slice: ExistingSlice, desired: ImportedSlices): boolean {
  const source = sourceOfName(slice.name, desired.labels[MCS_SERVICE_NAME_LABEL]!)
  if (source !== undefined) return source === desired.labels[MCS_SOURCE_CLUSTER_LABEL]
  const keys = [MANAGED_BY_LABEL, MCS_SERVICE_NAME_LABEL, MCS_SOURCE_CLUSTER_LABEL]
  return keys.every((key) => slice.labels[key] === desired.labels[key])
}

/** Gives each group the slices with its ports, and to those that need more the ones left over. */
function assignSlices(
  groups: readonly SliceGroup[],
  slices: readonly ExistingSlice[],
): readonly (readonly [SliceGroup, ExistingSlice[]])[] {
  const byKey = Map.groupBy(slices, groupKey)
  const assigned = groups.map((group) => [group, byKey.get(groupKey(group)) ?? []] as const)
  const used = new Set(assigned.flatMap(([, assignedSlices]) => assignedSlices))
  const unassigned = slices.filter((slice) => !used.has(slice))
  for (const [group, assignedSlices] of assigned) {
    // Ports may change in place, the address type may not.
    while (assignedSlices.length * SLICE_MAX_ENDPOINTS < group.endpoints.length) {
      const index = unassigned.findIndex(({ addressType }) => addressType === group.addressType)
      if (index < 0) break
      assignedSlices.push(...unassigned.splice(index, 1))
    }
  }
  return assigned
}

function sliceWrite(
  desired: ImportedSlices,
  group: SliceGroup,
  bin: Bin,
  name: string,
): SliceWrite {
  const { namespace, ownerReferences } = desired
  const { addressType, ports } = group
  // A user's own labels on our slice stay; the headless one is only ours to set.
  const { [HEADLESS_LABEL]: _headless, ...labels } = bin.existing?.labels ?? {}
  return {
    namespace,
    name,
    labels: { ...labels, ...desired.labels },
    ownerReferences,
    addressType,
    ports,
    endpoints: bin.endpoints,
  }
}

function hasDesiredMetadata(existing: ExistingSlice, desired: ImportedSlices): boolean {
  const keys = [...Object.keys(desired.labels), HEADLESS_LABEL]
  return (
    keys.every((key) => existing.labels[key] === desired.labels[key]) &&
    isOwnedBy(existing.ownerReferences, desired.ownerReferences[0]!)
  )
}

function idOf({ name, uid, resourceVersion }: ExistingSlice): ObjectId {
  return { name, uid, resourceVersion }
}
