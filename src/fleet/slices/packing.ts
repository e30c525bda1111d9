// Plans the writes of EndpointSlices from the desired endpoints: a change of one endpoint is one write, and no change
// is no write. Names of new slices are deterministic: when the response of a create is lost, the retry does not
// create a second slice.
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
import { type Bin, fillBins } from './bin-packing.ts'
import { sliceCapacity } from './capacity.ts'
import { groupKey, type ImportedSlices, type SliceGroup, sourceOfName } from './desired-slices.ts'
import { slicesWorthReading } from './read-limit.ts'

/** A slice to be written. */
export interface SliceWrite {
  readonly namespace: string
  readonly name: string
  readonly labels: StringMap
  readonly ownerReferences: readonly OwnerReference[]
  readonly addressType: string
  readonly ports: readonly SlicePort[]
  readonly endpoints: readonly EndpointView[]
}

/** Creates and updates must be written before deletes, so that no endpoint is missing in between. */
export interface SlicePlan {
  readonly creates: readonly SliceWrite[]
  readonly updates: readonly { readonly slice: SliceWrite; readonly id: ObjectId }[]
  readonly deletes: readonly ObjectId[]
}

/**
 * The writes that change `existing` into `desired`. Only the slices that the fleet wrote for this import and source
 * are changed. `isTaken` returns true for further names in the namespace that a new slice must not have.
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
  // The others are deleted unread; an endpoint that only they have goes into another slice first.
  const readable = slicesWorthReading(ours, sizeOf(desired))
  for (const [group, slices] of assignSlices(desired.groups, readable)) {
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

function sizeOf({ groups }: ImportedSlices): number {
  return groups.reduce((sum, { ports, endpoints }) => sum + ports.length + endpoints.length, 0)
}

/**
 * True for a slice that the fleet wrote for this import and source: by its name, which is immutable, or by its labels
 * when the fleet did not choose the name.
 */
function isOurSlice(slice: ExistingSlice, desired: ImportedSlices): boolean {
  const source = sourceOfName(slice.name, desired.labels[MCS_SERVICE_NAME_LABEL]!)
  if (source !== undefined) return source === desired.labels[MCS_SOURCE_CLUSTER_LABEL]
  const keys = [MANAGED_BY_LABEL, MCS_SERVICE_NAME_LABEL, MCS_SOURCE_CLUSTER_LABEL]
  return keys.every((key) => slice.labels[key] === desired.labels[key])
}

/** Assigns to each group the slices with its ports, and unassigned slices to the groups that need more. */
function assignSlices(
  groups: readonly SliceGroup[],
  slices: readonly ExistingSlice[],
): readonly (readonly [SliceGroup, ExistingSlice[]])[] {
  const byKey = Map.groupBy(slices, groupKey)
  const assigned = groups.map((group) => [group, byKey.get(groupKey(group)) ?? []] as const)
  const used = new Set(assigned.flatMap(([, assignedSlices]) => assignedSlices))
  const unassigned = slices.filter((slice) => !used.has(slice))
  for (const [group, assignedSlices] of assigned) {
    const { endpoints: most } = sliceCapacity(group.ports)
    // Ports can be updated in place; the address type is immutable.
    while (assignedSlices.length * most < group.endpoints.length) {
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
  // Labels that a user added are kept; only the fleet sets the headless label.
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
