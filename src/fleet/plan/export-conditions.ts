// The conditions `Valid`, `Ready` and `Conflict` of a ServiceExport, with the reasons of KEP-1645 ("ServiceExport").
// `Conflict` is the same on all exports of a Service, the oldest included: often only its owner can resolve it.
import type { DesiredCondition } from '../api/conditions.ts'
import { NO_CONFLICTS } from '../api/names.ts'
import type { Conflict } from '../merge/conflicts.ts'
import type { ExportRefusal } from '../merge/export-refusal.ts'
import type { Validity } from '../merge/export-validity.ts'

/**
 * Returns the conditions of one export. `conflicts` are those of the merge; an invalid or refused export is not part of
 * it and reports none.
 */
export function desiredExportConditions(
  validity: Validity,
  conflicts: readonly Conflict[],
  refusal?: ExportRefusal,
): readonly DesiredCondition[] {
  const { valid, reason, message } = validity
  return [
    { type: 'Valid', status: valid ? 'True' : 'False', reason, message },
    valid ? readyUnless(refusal) : notReady(validity),
    conflictStatement(valid && refusal === undefined ? conflicts : []),
  ]
}

function readyUnless(refusal: ExportRefusal | undefined): DesiredCondition {
  return refusal === undefined ? exported : { type: 'Ready', status: 'False', ...refusal }
}

// "Exported to the control plane" (KEP-1645): the merge includes it. Importing clusters report their own conditions.
const exported: DesiredCondition = {
  type: 'Ready',
  status: 'True',
  reason: 'Exported',
  message: 'The service has been exported.',
}

// A missing Service may still be created; one of the wrong type needs a change by its owner.
function notReady({ reason, message }: Validity): DesiredCondition {
  const ready = reason === 'NoService' ? 'Pending' : 'Failed'
  return { type: 'Ready', status: 'False', reason: ready, message }
}

function conflictStatement(conflicts: readonly Conflict[]): DesiredCondition {
  const type = 'Conflict'
  if (conflicts.length === 0) {
    return { type, status: 'False', reason: NO_CONFLICTS, message: 'The exports agree.' }
  }
  // Commas without spaces: the CRD's pattern for a reason allows no others.
  const reason = conflicts.map((one) => one.reason).join(',')
  return { type, status: 'True', reason, message: conflicts.map((one) => one.message).join(' ') }
}
