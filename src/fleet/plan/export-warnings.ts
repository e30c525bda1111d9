// What of an export is left out without its being invalid: exported labels and annotations that no object could have,
// or too many of them, and endpoints that no other cluster can be given. Conditions have no place for it, so that it is
// an Event and a line of the log.
import { usableFamilies } from '../api/ip-families.ts'
import {
  unusableAnnotationKeys,
  unusableLabelKeys,
  usableAnnotations,
  usableLabels,
} from '../api/labels.ts'
import { isPortless, usablePorts } from '../api/ports.ts'
import type { ExportRecord, ServiceSnapshot } from '../api/records.ts'
import type { ServiceView, SliceView } from '../api/types.ts'
import type { ObjectNote } from '../api/writes.ts'
import { survivingPorts } from '../slices/desired-slices.ts'
import { isUsableAddress } from '../slices/endpoints.ts'

/** Keys that a message names at most. */
const MAX_KEYS_SHOWN = 5

/** The warnings about one valid export, its Service and its EndpointSlices. */
export function exportWarnings(
  serviceExport: ExportRecord,
  service: Parameters<typeof endpointProblems>[0],
  slices: ServiceSnapshot['slices'],
): readonly ObjectNote[] {
  const { cluster, namespace, exportedLabels, exportedAnnotations } = serviceExport
  const labels = leftOutKeys(exportedLabels, usableLabels(exportedLabels), () =>
    unusableLabelKeys(exportedLabels),
  )
  const annotations = leftOutKeys(exportedAnnotations, usableAnnotations(exportedAnnotations), () =>
    unusableAnnotationKeys(exportedAnnotations),
  )
  const endpoints = endpointProblems(service, slices)
  const leftOut: readonly (readonly [about: string, reason: string, why: string])[] = [
    ['exportedLabels', 'LabelsLeftOut', labels],
    ['exportedAnnotations', 'AnnotationsLeftOut', annotations],
    ['endpoints', 'EndpointsLeftOut', endpoints],
  ]
  return leftOut
    .filter(([, , why]) => why !== '')
    .map(([about, reason, why]) => ({
      resource: 'serviceexports',
      namespace,
      id: serviceExport,
      about,
      type: 'Warning',
      reason,
      message: `${about === 'endpoints' ? 'Some' : 'The'} ${about} of cluster ${cluster} are not passed on: ${why}.`,
    }))
}

function leftOutKeys(all: object, usable: object, unusable: () => readonly string[]): string {
  const count = Object.keys(all).length
  if (count === Object.keys(usable).length) return ''
  const keys = unusable()
  if (keys.length + Object.keys(usable).length < count) return 'all, for they are over 64 KiB'
  const shown = keys.slice(0, MAX_KEYS_SHOWN).map((key) => JSON.stringify(key))
  const more = keys.length > MAX_KEYS_SHOWN ? ` and ${keys.length - MAX_KEYS_SHOWN} more` : ''
  return `${shown.join(', ')}${more}, which no object may have or which are reserved`
}

/** EndpointSlices that are named at most. */
const MAX_SLICES_SHOWN = 3

/** What is left out and why, for a person; '' when nothing is. */
export function endpointProblems(
  service: Pick<ServiceView, 'headless' | 'ports'>,
  slices: readonly (SliceView & { readonly name: string })[],
): string {
  const problems = slices
    .map((slice) => ({ name: slice.name, problem: endpointProblem(service, slice) }))
    .filter(({ problem }) => problem !== '')
  const shown = problems
    .slice(0, MAX_SLICES_SHOWN)
    .map(({ name, problem }) => `EndpointSlice ${name}: ${problem}`)
  const more =
    problems.length > MAX_SLICES_SHOWN ? [`and ${problems.length - MAX_SLICES_SHOWN} more`] : []
  return [...shown, ...more].join('; ')
}

function endpointProblem(
  service: Pick<ServiceView, 'headless' | 'ports'>,
  slice: SliceView,
): string {
  const { addressType, endpoints, ports } = slice
  if (endpoints.length === 0) return ''
  const [family] = usableFamilies([addressType])
  if (family === undefined) return `addresses of type ${JSON.stringify(addressType)}`
  const surviving = survivingPorts(ports, usablePorts(service.ports))
  if (surviving.length === 0 && !isPortless(service)) {
    return 'no port with the name and protocol of the Service'
  }
  if (endpoints.some(({ addresses }) => addresses.length === 0))
    return 'endpoints without addresses'
  const unusable = endpoints
    .flatMap(({ addresses }) => addresses)
    .find((address) => !isUsableAddress(address, family))
  return unusable === undefined ? '' : `addresses such as ${JSON.stringify(unusable)}`
}
