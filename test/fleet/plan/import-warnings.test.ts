// Which values of an import are told of as unknown.
import { expect, test } from 'vitest'
import type { ImportView } from '../../../src/fleet/api/types.ts'
import { importWarnings } from '../../../src/fleet/plan/import-warnings.ts'
import { importView } from '../fixtures.ts'

const expiry = 'clusterset-dns.io/on-expiry'

test.each<[string, Partial<ImportView>, string[]]>([
  ['absent values are none', {}, []],
  [
    'known values are none',
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
    'each unknown one is told, with what it may be',
    {
      sessionAffinity: 'Client',
      internalTrafficPolicy: 'local',
      trafficDistribution: 'Near',
      ipFamilies: ['IPv5', 'IPv4'],
      annotations: { [expiry]: 'Drop' },
    },
    [
      'spec.sessionAffinity is "Client", which does not count: it may be None or ClientIP.',
      'spec.internalTrafficPolicy is "local", which does not count: it may be Cluster or Local.',
      'spec.trafficDistribution is "Near", which does not count: it may be PreferClose or PreferSameZone or ' +
        'PreferSameNode.',
      'the annotation clusterset-dns.io/on-expiry is "Drop", which does not count: it may be keep or drop.',
      'spec.ipFamilies is "IPv5", which does not count: it may be IPv4 or IPv6.',
    ],
  ],
])('%s', (_rule, change, wanted) => {
  const found = importWarnings({ ...importView(change), deleting: false })
  expect(found.map(({ message }) => message)).toEqual(wanted)
  for (const { reason } of found) expect(reason).toBe('UnknownValue')
})
