// What of an export is left out without its being invalid: exported labels and annotations that no object could have,
// or too many of them, and endpoints that no other cluster can be given. Conditions have no place for it, so that it is
// an Event and a line of the log.
import type { ExportRecord, ObjectNote, ServiceSnapshot } from './cluster.ts'
import { endpointFlaws } from './endpoint-flaws.ts'
import {
  unusableAnnotationKeys,
  unusableLabelKeys,
  usableAnnotations,
  usableLabels,
} from './label-rules.ts'

/** Keys that a message names at most. */
const SHOWN = 5

/** The warnings about one valid export, its Service and its EndpointSlices. */
export function exportWarnings(
  exported: ExportRecord,
  service: Parameters<typeof endpointFlaws>[0],
  slices: ServiceSnapshot['slices'],
): readonly ObjectNote[] {
  const { cluster, namespace, exportedLabels, exportedAnnotations } = exported
  const labels = objection(exportedLabels, usableLabels(exportedLabels), () =>
    unusableLabelKeys(exportedLabels),
  )
  const annotations = objection(exportedAnnotations, usableAnnotations(exportedAnnotations), () =>
    unusableAnnotationKeys(exportedAnnotations),
  )
  const endpoints = endpointFlaws(service, slices)
  const found: readonly (readonly [about: string, reason: string, why: string])[] = [
    ['exportedLabels', 'LabelsLeftOut', labels],
    ['exportedAnnotations', 'AnnotationsLeftOut', annotations],
    ['endpoints', 'EndpointsLeftOut', endpoints],
  ]
  return found
    .filter(([, , why]) => why !== '')
    .map(([about, reason, why]) => ({
      resource: 'serviceexports',
      namespace,
      id: exported,
      about,
      type: 'Warning',
      reason,
      message: `${about === 'endpoints' ? 'Some' : 'The'} ${about} of cluster ${cluster} are not passed on: ${why}.`,
    }))
}

function objection(all: object, usable: object, unusable: () => readonly string[]): string {
  const count = Object.keys(all).length
  if (count === Object.keys(usable).length) return ''
  const keys = unusable()
  if (keys.length + Object.keys(usable).length < count) return 'all, for they are over 64 KiB'
  const shown = keys.slice(0, SHOWN).map((key) => JSON.stringify(key))
  const more = keys.length > SHOWN ? ` and ${keys.length - SHOWN} more` : ''
  return `${shown.join(', ')}${more}, which no object may have or which are reserved`
}
