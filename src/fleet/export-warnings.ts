// What of an export is left out without its being invalid: exported labels and annotations that no object could have,
// or too many of them. Conditions have no place for it, so that it is an Event and a line of the log.
import type { ExportRecord, ObjectNote } from './cluster.ts'
import {
  unusableAnnotationKeys,
  unusableLabelKeys,
  usableAnnotations,
  usableLabels,
} from './label-rules.ts'

/** Keys that a message names at most. */
const SHOWN = 5

/** The warnings about one valid export. */
export function exportWarnings(exported: ExportRecord): readonly ObjectNote[] {
  const { cluster, namespace, exportedLabels, exportedAnnotations } = exported
  const labels = objection(exportedLabels, usableLabels(exportedLabels), () =>
    unusableLabelKeys(exportedLabels),
  )
  const annotations = objection(exportedAnnotations, usableAnnotations(exportedAnnotations), () =>
    unusableAnnotationKeys(exportedAnnotations),
  )
  const note = (field: string, reason: string, what: string): ObjectNote => ({
    resource: 'serviceexports',
    namespace,
    id: exported,
    about: field,
    type: 'Warning',
    reason,
    message: `The ${field} of cluster ${cluster} are not passed on: ${what}.`,
  })
  return [
    ...(labels === '' ? [] : [note('exportedLabels', 'LabelsLeftOut', labels)]),
    ...(annotations === '' ? [] : [note('exportedAnnotations', 'AnnotationsLeftOut', annotations)]),
  ]
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
