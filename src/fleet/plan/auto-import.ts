// Mode `auto`: imports that follow KEP-1645, created, kept and deleted with the exports. The mode decides
// only whether a missing import is created; an import that carries our mark follows the exports until they
// end, and one that does not carry it is a user's and none of this file's business.
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

/** What of an import follows the exports. Its ips and ipFamilies are for import-addresses.ts. */
export interface DesiredImport extends Policies {
  readonly type: ImportType
  readonly ports: readonly Port[]
  /** All of the object's, those of others included. */
  readonly labels: StringMap
  readonly annotations: StringMap
}

export type ImportChange =
  | { readonly action: 'none' }
  | { readonly action: 'create'; readonly wanted: DesiredImport }
  /** `changed` names the fields, so that one which an old CRD prunes is not written for ever. */
  | {
      readonly action: 'update'
      readonly wanted: DesiredImport
      readonly id: ObjectId
      readonly changed: readonly string[]
    }
  | { readonly action: 'delete'; readonly id: ObjectId }

/** True for an import that mode `auto` made. */
export function isAutoImport({ labels }: Pick<ImportView, 'labels'>): boolean {
  return Object.hasOwn(labels, AUTO_IMPORT_LABEL)
}

/**
 * What to do with `existing` (undefined: there is none) when the exports merge into `merged` (undefined:
 * there are none). Not to be asked while a source is unsynced: its missing export would delete the import.
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

/** What an earlier write took from the exports; nothing when a hand has spoilt the annotation. */
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
