import { expect, test } from 'vitest'
import { sharedAddresses } from '../../../src/fleet/slices/shared-addresses.ts'
import { endpoint } from '../fixtures.ts'

const source = (cluster: string, ...ips: string[]) => ({
  cluster,
  endpoints: ips.map((ip) => endpoint(ip)),
})

test.each<[string, ReturnType<typeof source>[], Record<string, string[]>]>([
  ['of no clusters are empty', [], {}],
  [
    'are addresses that two clusters have',
    [source('b', '10.0.0.1', '10.0.0.2'), source('a', '10.0.0.1')],
    { '10.0.0.1': ['a', 'b'] },
  ],
  ['exclude an address that one cluster has twice', [source('a', '10.0.0.1', '10.0.0.1')], {}],
  [
    'are sorted',
    [source('a', '10.0.0.2', '10.0.0.1'), source('b', '10.0.0.2', '10.0.0.1')],
    { '10.0.0.1': ['a', 'b'], '10.0.0.2': ['a', 'b'] },
  ],
])('shared addresses %s', (_rule, sources, wanted) => {
  const found = sharedAddresses(sources).map(({ address, clusters }) => [address, clusters])
  expect(found).toEqual(Object.entries(wanted))
})
