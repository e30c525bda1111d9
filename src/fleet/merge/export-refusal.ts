// Valid exports that do not count, because the operator of the hub does not allow them. KEP-1645 defines no reason for
// this: the export stays `Valid`, and `Ready` is False with a reason of the fleet.
import type { MemberPolicy } from '../api/member-policy.ts'
import type { ExportRefusedReason } from '../api/names.ts'

/** Why a valid export does not count. */
export interface ExportRefusal {
  readonly reason: ExportRefusedReason
  readonly message: string
}

/** Why the policy of a member refuses an export in `namespace`; undefined if it is allowed. */
export function exportRefusal(
  namespace: string,
  { exportsFrom }: Pick<MemberPolicy, 'exportsFrom'>,
): ExportRefusal | undefined {
  if (exportsFrom(namespace)) return undefined
  return {
    reason: 'NamespaceDenied',
    message:
      `The operator of the fleet does not let this cluster export from the namespace "${namespace}" ` +
      '(namespaces.export of the member).',
  }
}
