// What is wrong with a member now, as `status` and /readyz show it.
import { CodedError, type ErrorCode, errorText } from '../../errors.ts'
import { ApiError, type ErrorReason } from '../../kube/api-error.ts'

/**
 * `starting`: its objects are being read for the first time. `away`: it cannot be reached. `crds-missing`: it has no MCS
 * API. `forbidden`: it refuses the credentials, or a permission is missing. `failed`: anything else.
 */
export type ProblemKind = 'starting' | 'away' | 'crds-missing' | 'forbidden' | 'failed'

/** A problem of a member. */
export interface MemberProblem {
  readonly kind: ProblemKind
  /** From docs/errors.md; '' while starting. */
  readonly code: ErrorCode | ''
  /** For users of the fleet: it may name addresses. */
  readonly message: string
}

const AWAY: ReadonlySet<ErrorReason> = new Set([
  'unreachable',
  'timeout',
  'tls',
  'disconnected',
  'idle',
])
const FORBIDDEN: ReadonlySet<ErrorReason> = new Set(['unauthorized', 'forbidden'])
const MCS_RESOURCES = ['serviceexports', 'serviceimports']
/** What cannot be reached has no other problem that is known to hold still. */
const ORDER: readonly ProblemKind[] = ['away', 'crds-missing', 'forbidden', 'failed']

/** The problem of a member whose watches fail with these errors, by resource; undefined without any. */
export function watchProblem(errors: ReadonlyMap<string, unknown>): MemberProblem | undefined {
  const problems = [...errors].map(([resource, error]) => problemOf(error, resource))
  const [first] = problems.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  return first
}

/** The problem behind an error; `resource` is the one that could not be watched. */
export function problemOf(error: unknown, resource = ''): MemberProblem {
  const code = error instanceof CodedError ? error.code : 'MEMBER'
  return { kind: kindOf(error, resource), code, message: errorText(error) }
}

function kindOf(error: unknown, resource: string): ProblemKind {
  if (!(error instanceof ApiError)) return 'failed'
  const { reason } = error
  if (AWAY.has(reason)) return 'away'
  if (FORBIDDEN.has(reason)) return 'forbidden'
  return reason === 'not_found' && MCS_RESOURCES.includes(resource) ? 'crds-missing' : 'failed'
}
