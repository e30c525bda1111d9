// Import mode `auto`: as in KEP-1645, imports are created, updated and deleted with the exports. The mode only decides
// whether a missing import is created. An import with our label follows the exports until the last one is deleted. An
// import without the label belongs to a user and is not changed here.
import { sameStrings } from '../api/labels.ts'
import { AUTO_IMPORT_LABEL, EXPORTED_KEYS_ANNOTATION } from '../api/names.ts'
import { usablePolicies } from '../api/policies.ts'
import { samePorts } from '../api/ports.ts'
import type {
  ImportMode,
  ImportType,
  ImportView,
  ObjectId,
  Policies,
  Port,
  StringMap,
} from '../api/types.ts'
import type { MergedService } from '../merge/merge-exports.ts'

/** The fields of an import that follow the exports. import-addresses.ts decides on `ips` and `ipFamilies`. */
export interface DesiredImport extends Policies {
  readonly type: ImportType
  readonly ports: readonly Port[]
  /** All labels of the object, including those that others set. */
  readonly labels: StringMap
  readonly annotations: StringMap
}

type ImportChange =
  | { readonly action: 'none' }
  | { readonly action: 'create'; readonly wanted: DesiredImport }
  /** `changed` lists the fields, so that a field that an old CRD prunes is not written forever. */
  | {
      readonly action: 'update'
      readonly wanted: DesiredImport
      readonly id: ObjectId
      readonly changed: readonly string[]
    }
  | { readonly action: 'delete'; readonly id: ObjectId }

/** True for an import that mode `auto` created. */
export function isAutoImport({ labels }: Pick<ImportView, 'labels'>): boolean {
  return Object.hasOwn(labels, AUTO_IMPORT_LABEL)
}

/**
 * Returns the change of an import. `existing` is undefined if there is no import, `merged` if there is no export. Must
 * not be called while a source cluster is unreachable: its missing export would delete the import.
 */
export function importChange(
  mode: ImportMode,
  merged: MergedService | undefined,
  existing: ImportView | undefined,
): ImportChange {
  if (existing === undefined) {
    if (mode !== 'auto' || merged === undefined) return { action: 'none' }
    return { action: 'create', wanted: desiredImport(merged, { labels: {}, annotations: {} }) }
  }
  if (!isAutoImport(existing)) return { action: 'none' }
  const { name, uid, resourceVersion } = existing
  const id = { name, uid, resourceVersion }
  if (merged === undefined) return { action: 'delete', id }
  const wanted = desiredImport(merged, existing)
  const changed = changedFields(wanted, existing)
  return changed.length === 0 ? { action: 'none' } : { action: 'update', wanted, id, changed }
}

function desiredImport(
  merged: MergedService,
  existing: Pick<ImportView, 'labels' | 'annotations'>,
): DesiredImport {
  const { type, ports, labels, annotations } = merged
  const old = exportedKeys(existing.annotations)
  const keys = JSON.stringify({
    labels: Object.keys(labels),
    annotations: Object.keys(annotations),
  })
  return {
    type,
    ports,
    ...usablePolicies(merged),
    labels: { ...without(existing.labels, old.labels), ...labels, [AUTO_IMPORT_LABEL]: 'true' },
    annotations: {
      ...without(existing.annotations, old.annotations),
      ...annotations,
      [EXPORTED_KEYS_ANNOTATION]: keys,
    },
  }
}

/** The keys that an earlier write took from the exports; none if the annotation is malformed. */
function exportedKeys(
  annotations: StringMap,
): Record<'labels' | 'annotations', readonly unknown[]> {
  try {
    const raw: unknown = JSON.parse(annotations[EXPORTED_KEYS_ANNOTATION] ?? '')
    const { labels, annotations: others } = (raw ?? {}) as Record<string, unknown>
    return {
      labels: Array.isArray(labels) ? labels : [],
      annotations: Array.isArray(others) ? others : [],
    }
  } catch {
    return { labels: [], annotations: [] }
  }
}

function without(texts: StringMap, keys: readonly unknown[]): StringMap {
  const gone = new Set(keys)
  return Object.fromEntries(Object.entries(texts).filter(([key]) => !gone.has(key)))
}

function changedFields(wanted: DesiredImport, existing: ImportView): readonly string[] {
  const same: Readonly<Record<string, boolean>> = {
    type: wanted.type === existing.type,
    ports: samePorts(wanted.ports, existing.ports),
    sessionAffinity: wanted.sessionAffinity === existing.sessionAffinity,
    sessionAffinityConfig: wanted.affinityTimeout === existing.affinityTimeout,
    internalTrafficPolicy: wanted.internalTrafficPolicy === existing.internalTrafficPolicy,
    trafficDistribution: wanted.trafficDistribution === existing.trafficDistribution,
    labels: sameStrings(wanted.labels, existing.labels),
    annotations: sameStrings(wanted.annotations, existing.annotations),
  }
  return Object.keys(same).filter((field) => !same[field])
}
