// What an export is told: the conditions `Valid`, `Ready` and `Conflict` with the reasons of KEP-1645
// ("ServiceExport"). `Conflict` is the same on all exports of a service, the winner's too: its owner is
// often the one who can end it.
import type { DesiredCondition } from '../api/conditions.ts'
import { NO_CONFLICTS } from '../api/names.ts'
import type { Conflict } from '../merge/conflicts.ts'
import type { Validity } from '../merge/export-validity.ts'

/** The statements for one export. `conflicts` are those of the merge; an invalid export has none. */
export function desiredExportConditions(
  validity: Validity,
  conflicts: readonly Conflict[],
): readonly DesiredCondition[] {
  const { valid, reason, message } = validity
  return [
    { type: 'Valid', status: valid ? 'True' : 'False', reason, message },
    valid ? exported : notReady(validity),
    conflictStatement(valid ? conflicts : []),
  ]
}

// "Exported to the control plane" (KEP-1645): the merge has it. What importing clusters make of it is told there.
const exported: DesiredCondition = {
  type: 'Ready',
  status: 'True',
  reason: 'Exported',
  message: 'The service has been exported.',
}

// A missing Service may come; one of the wrong kind needs a person.
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
