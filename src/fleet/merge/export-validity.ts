// Whether a ServiceExport can be served: the condition `Valid` of KEP-1645 ("ServiceExport"). A Service derived
// from an import is not exported again, or two clusters could export each other's endpoints in a circle.
import { DERIVED_LABEL, MCS_SERVICE_NAME_LABEL, type ValidReason } from '../api/names.ts'
import type { ServiceView } from '../api/types.ts'

/** The condition `Valid` of an export. */
export interface Validity {
  readonly valid: boolean
  readonly reason: ValidReason
  readonly message: string
}

/** Validates an export by the Service of its name; `service` is undefined when there is none. */
export function exportValidity(service: ServiceView | undefined): Validity {
  if (service === undefined) {
    return invalid('NoService', 'The Service does not exist; it is exported once it is created.')
  }
  if (service.type === 'ExternalName') {
    return invalid('InvalidServiceType', 'A Service of type ExternalName cannot be exported.')
  }
  // Checked by label, not by name: a user's own Service may be named amcs-something.
  if (Object.hasOwn(service.labels, DERIVED_LABEL)) {
    return invalid(
      'InvalidServiceType',
      `The Service is derived from a ServiceImport (label ${DERIVED_LABEL}) and cannot be exported again.`,
    )
  }
  if (service.ownedByImport || Object.hasOwn(service.labels, MCS_SERVICE_NAME_LABEL)) {
    return invalid(
      'InvalidServiceType',
      'The Service belongs to a ServiceImport and cannot be exported again.',
    )
  }
  return {
    valid: true,
    reason: 'Valid',
    message: 'The ServiceExport and its Service are exportable.',
  }
}

function invalid(reason: ValidReason, message: string): Validity {
  return { valid: false, reason, message }
}
