// Valid exports that do not count, because the operator of the hub does not allow them. KEP-1645 defines no reason for
// this: the export stays `Valid`, and `Ready` is False with a reason of the fleet.
import type { MemberPolicy, QuotaLimits } from '../api/member-policy.ts'
import type { ExportRefusedReason } from '../api/names.ts'

/** Why a valid export does not count. */
export interface ExportRefusal {
  readonly reason: ExportRefusedReason
  readonly message: string
}

/**
 * Why the policy of a member refuses an export in `namespace`; undefined if it is allowed. `exceeded` is the limit that the
 * export exceeds.
 */
export function exportRefusal(
  namespace: string,
  { exportsFrom, quota }: Pick<MemberPolicy, 'exportsFrom' | 'quota'>,
  exceeded: keyof QuotaLimits | undefined,
): ExportRefusal | undefined {
  if (!exportsFrom(namespace)) {
    return {
      reason: 'NamespaceDenied',
      message:
        `The operator of the fleet does not let this cluster export from the namespace "${namespace}" ` +
        '(namespaces.export of the member).',
    }
  }
  if (exceeded === undefined) return undefined
  const [where, setting] =
    exceeded === 'perNamespace'
      ? [`namespace "${namespace}"`, 'maxExportsPerNamespace']
      : ['cluster', 'maxExports']
  return {
    reason: 'TooManyExports',
    message:
      `Of this ${where} only the oldest ${quota[exceeded]} ServiceExports count ` +
      `(${setting} of the member).`,
  }
}
