// Warnings about unknown values in an import, such as typos. They are treated as absent.
import { show } from '../../kube/fields.ts'
import { usableFamilies } from '../api/ip-families.ts'
import { ON_EXPIRY_ANNOTATION } from '../api/names.ts'
import { DISTRIBUTIONS } from '../api/policies.ts'
import type { ImportRecord } from '../api/records.ts'
import type { ObjectNote } from '../api/writes.ts'

const EXPIRY_ACTIONS = ['keep', 'drop']
/** A ServiceImport may have any number of unknown families. */
const MAX_FAMILIES_SHOWN = 2

/** Returns a warning for each unknown value of one import, of its families for the first two. */
export function importWarnings(serviceImport: ImportRecord): readonly ObjectNote[] {
  const { namespace, annotations, ipFamilies } = serviceImport
  const { sessionAffinity, internalTrafficPolicy, trafficDistribution } = serviceImport
  const choices: readonly (readonly [field: string, value: string, allowed: readonly string[]])[] =
    [
      ['spec.sessionAffinity', sessionAffinity, ['None', 'ClientIP']],
      ['spec.internalTrafficPolicy', internalTrafficPolicy, ['Cluster', 'Local']],
      ['spec.trafficDistribution', trafficDistribution, DISTRIBUTIONS],
      [
        `the annotation ${ON_EXPIRY_ANNOTATION}`,
        annotations[ON_EXPIRY_ANNOTATION] ?? '',
        EXPIRY_ACTIONS,
      ],
      ...ipFamilies
        .filter((family) => usableFamilies([family]).length === 0)
        .slice(0, MAX_FAMILIES_SHOWN)
        .map((family) => ['spec.ipFamilies', family, ['IPv4', 'IPv6']] as const),
    ]
  return choices
    .filter(([, value, allowed]) => value !== '' && !allowed.includes(value))
    .map(([field, value, allowed]) => ({
      resource: 'serviceimports',
      namespace,
      id: serviceImport,
      about: field,
      type: 'Warning',
      reason: 'UnknownValue',
      message:
        `${field} has the unknown value ${show(value)}, which is ignored. ` +
        `Known values: ${allowed.join(', ')}.`,
    }))
}
