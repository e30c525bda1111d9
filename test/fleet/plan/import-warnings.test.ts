// Which values of an import cause a warning.
import { expect, test } from 'vitest'
import type { ImportView } from '../../../src/fleet/api/types.ts'
import { importWarnings } from '../../../src/fleet/plan/import-warnings.ts'
import { importView } from '../fixtures.ts'

const expiry = 'clusterset-dns.io/on-expiry'

test.each<[string, Partial<ImportView>, string[]]>([
  ['absent values have no warning', {}, []],
  [
    'known values have no warning',
    {
      sessionAffinity: 'ClientIP',
      internalTrafficPolicy: 'Local',
      trafficDistribution: 'PreferClose',
      ipFamilies: ['IPv6', 'IPv4'],
      annotations: { [expiry]: 'drop' },
    },
    [],
  ],
  [
    'each unknown value has a warning that lists the known ones',
    {
      sessionAffinity: 'Client',
      internalTrafficPolicy: 'local',
      trafficDistribution: 'Near',
      ipFamilies: ['IPv5', 'IPv4'],
      annotations: { [expiry]: 'Drop' },
    },
    [
      'spec.sessionAffinity has the unknown value "Client", which is ignored. Known values: None, ClientIP.',
      'spec.internalTrafficPolicy has the unknown value "local", which is ignored. Known values: Cluster, Local.',
      'spec.trafficDistribution has the unknown value "Near", which is ignored. Known values: PreferClose, ' +
        'PreferSameZone, PreferSameNode.',
      'the annotation clusterset-dns.io/on-expiry has the unknown value "Drop", which is ignored. ' +
        'Known values: keep, drop.',
      'spec.ipFamilies has the unknown value "IPv5", which is ignored. Known values: IPv4, IPv6.',
    ],
  ],
  [
    'of many unknown families the first two have a warning',
    { ipFamilies: ['a', 'b', 'c'] },
    ['a', 'b'].map(
      (family) =>
        `spec.ipFamilies has the unknown value "${family}", which is ignored. Known values: IPv4, IPv6.`,
    ),
  ],
  [
    'a long value is cut',
    { trafficDistribution: 'x'.repeat(1_000_000) },
    [
      `spec.trafficDistribution has the unknown value "${'x'.repeat(60)}" (1000000 characters), which is ignored. ` +
        'Known values: PreferClose, PreferSameZone, PreferSameNode.',
    ],
  ],
])('%s', (_rule, change, wanted) => {
  const found = importWarnings({ ...importView(change), deleting: false })
  expect(found.map(({ message }) => message)).toEqual(wanted)
  for (const { reason } of found) expect(reason).toBe('UnknownValue')
})
