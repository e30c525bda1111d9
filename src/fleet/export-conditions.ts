// What an export is told: the conditions `Valid`, `Ready` and `Conflict` with the reasons of KEP-1645
// ("ServiceExport"). `Conflict` is the same on all exports of a service, the winner's too: its owner is
// often the one who can end it.
import type { Statement } from './conditions.ts'
import type { Validity } from './export-validity.ts'
import type { Conflict } from './merge-conflicts.ts'
import { NO_CONFLICTS } from './names.ts'

/** How far a valid export has come. */
export type ExportProgress =
  /** It is part of what the importing clusters are given. */
  | { readonly state: 'exported' }
  /** It is not yet; why goes into the message. */
  | { readonly state: 'pending'; readonly message: string }
  /** It cannot be told, for example while its cluster is not synced. */
  | { readonly state: 'unknown'; readonly message: string }
  /** It failed; why goes into the message. */
  | { readonly state: 'failed'; readonly message: string }

/** The statements for one export. `conflicts` are those of the merge; an invalid export has none. */
export function exportStatements(
  validity: Validity,
  progress: ExportProgress,
  conflicts: readonly Conflict[],
): readonly Statement[] {
  const { valid, reason, message } = validity
  return [
    { type: 'Valid', status: valid ? 'True' : 'False', reason, message },
    valid ? readyStatement(progress) : notReady(validity),
    conflictStatement(valid ? conflicts : []),
  ]
}

function readyStatement(progress: ExportProgress): Statement {
  const type = 'Ready'
  switch (progress.state) {
    case 'exported':
      return { type, status: 'True', reason: 'Exported', message: 'The service has been exported.' }
    case 'pending':
      return { type, status: 'False', reason: 'Pending', message: progress.message }
    case 'unknown':
      return { type, status: 'Unknown', reason: 'Pending', message: progress.message }
    case 'failed':
      return { type, status: 'False', reason: 'Failed', message: progress.message }
  }
}

// A missing Service may come; one of the wrong kind needs a person.
function notReady({ reason, message }: Validity): Statement {
  const ready = reason === 'NoService' ? 'Pending' : 'Failed'
  return { type: 'Ready', status: 'False', reason: ready, message }
}

function conflictStatement(conflicts: readonly Conflict[]): Statement {
  const type = 'Conflict'
  if (conflicts.length === 0) {
    return { type, status: 'False', reason: NO_CONFLICTS, message: 'The exports agree.' }
  }
  // Commas without spaces: the CRD's pattern for a reason allows no others.
  const reason = conflicts.map((one) => one.reason).join(',')
  return { type, status: 'True', reason, message: conflicts.map((one) => one.message).join(' ') }
}
