// Values of an import that count as absent since nobody knows them: a typo that would otherwise never be noticed.
import { usableFamilies } from '../api/ip-families.ts'
import { ON_EXPIRY_ANNOTATION } from '../api/names.ts'
import { DISTRIBUTIONS } from '../api/policies.ts'
import type { ImportRecord } from '../api/records.ts'
import type { ObjectNote } from '../api/writes.ts'

const EXPIRY_ACTIONS = ['keep', 'drop']

/** The warnings about one import. */
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
      message: `${field} is ${JSON.stringify(value)}, which does not count: it may be ${allowed.join(' or ')}.`,
    }))
}
