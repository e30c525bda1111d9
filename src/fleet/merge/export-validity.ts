// Whether an export can be served at all: the condition `Valid` of KEP-1645 ("ServiceExport"). What comes
// out of an import is no service of this cluster and is not exported again, or two clusters could export
// each other's endpoints in a circle.
import { DERIVED_LABEL, MCS_SERVICE_NAME_LABEL, type ValidReason } from '../api/names.ts'
import type { ServiceView } from '../api/types.ts'

export interface Validity {
  readonly valid: boolean
  readonly reason: ValidReason
  readonly message: string
}

/** Judges an export by the Service of its name; undefined when there is none (yet). */
export function exportValidity(service: ServiceView | undefined): Validity {
  if (service === undefined) {
    return invalid('NoService', 'There is no Service of this name. It is exported once it exists.')
  }
  if (service.type === 'ExternalName') {
    return invalid('InvalidServiceType', 'A Service of type ExternalName cannot be exported.')
  }
  // The label decides, not the name: a user's own Service may well be called amcs-something.
  if (Object.hasOwn(service.labels, DERIVED_LABEL)) {
    return invalid(
      'InvalidServiceType',
      `The Service stands for an import (label ${DERIVED_LABEL}) and cannot be exported again.`,
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
    message: 'The ServiceExport and its Service is exportable.',
  }
}

function invalid(reason: ValidReason, message: string): Validity {
  return { valid: false, reason, message }
}
