// Which endpoints of an exported Service are reported as left out.
import { expect, test } from 'vitest'
import { anyEndpoint } from '../../../src/fleet/api/endpoint-addresses.ts'
import type { SliceView } from '../../../src/fleet/api/types.ts'
import { endpointProblems } from '../../../src/fleet/plan/export-warnings.ts'
import { endpoint, serviceView, sliceView } from '../fixtures.ts'

const named = (slice: SliceView, name = 'web-1') => ({ ...slice, name })
const headless = { headless: true, ports: [] }

test.each<[string, Parameters<typeof endpointProblems>[0], readonly SliceView[], string]>([
  ['none of a valid EndpointSlice', serviceView(), [sliceView('http:8080', ['10.0.0.1'])], ''],
  ['none of an empty EndpointSlice, which has no ports', serviceView(), [sliceView('', [])], ''],
  [
    'no endpoint that is not ready',
    serviceView(),
    [
      sliceView('http:8080', [
        endpoint({
          addresses: ['10.0.0.1'],
          conditions: { ready: false, serving: false, terminating: true },
        }),
      ]),
    ],
    '',
  ],
  ['none of a headless Service without ports', headless, [sliceView('', ['10.0.0.1'])], ''],
  [
    'host names instead of addresses',
    serviceView(),
    [sliceView('http:8080', ['example.com'], { addressType: 'FQDN' })],
    'EndpointSlice web-1: addresses of type "FQDN"',
  ],
  [
    'an unknown type of addresses, cut',
    serviceView(),
    [sliceView('http:8080', ['x'], { addressType: 'x'.repeat(1_000_000) })],
    `EndpointSlice web-1: addresses of type "${'x'.repeat(60)}" (1000000 characters)`,
  ],
  [
    'an address, cut',
    serviceView(),
    [sliceView('http:8080', ['x'.repeat(1_000_000)])],
    `EndpointSlice web-1: addresses such as "${'x'.repeat(60)}" (1000000 characters) (not an IPv4 address)`,
  ],
  [
    'a port with another name',
    serviceView(),
    [sliceView('web:8080', ['10.0.0.1'])],
    'EndpointSlice web-1: no port with the name and protocol of the Service',
  ],
  [
    'a port with another protocol',
    serviceView(),
    [sliceView('http:8080/UDP', ['10.0.0.1'])],
    'EndpointSlice web-1: no port with the name and protocol of the Service',
  ],
  [
    'a port without a number',
    serviceView(),
    [
      sliceView('', ['10.0.0.1'], {
        ports: [{ name: 'http', protocol: 'TCP', port: undefined, appProtocol: '' }],
      }),
    ],
    'EndpointSlice web-1: no port with the name and protocol of the Service',
  ],
  [
    'an endpoint without an address, for example because of a typo in a manifest',
    serviceView(),
    [sliceView('http:8080', ['10.0.0.1', endpoint({})])],
    'EndpointSlice web-1: endpoints without addresses',
  ],
  [
    'a loopback address, which no endpoint may have',
    serviceView(),
    [sliceView('http:8080', ['10.0.0.1', '127.0.0.1'])],
    'EndpointSlice web-1: addresses such as "127.0.0.1" (which no endpoint may have)',
  ],
  [
    'none of an address in another form, which is written in canonical form',
    serviceView(),
    [sliceView('http:8080', ['2001:DB8:0:0::1'], { addressType: 'IPv6' })],
    '',
  ],
  [
    'an IPv4-mapped address in an EndpointSlice for IPv6',
    serviceView(),
    [sliceView('http:8080', ['::ffff:10.1.1.1'], { addressType: 'IPv6' })],
    'EndpointSlice web-1: addresses such as "::ffff:10.1.1.1" (not an IPv6 address)',
  ],
  [
    'one address of each reason',
    serviceView(),
    [sliceView('http:8080', ['240.0.0.1', '168.63.129.16', '10.0.0.1', '240.0.0.2'])],
    'EndpointSlice web-1: addresses such as "240.0.0.1" (a special-purpose address: reserved), ' +
      'addresses such as "168.63.129.16" (a metadata address of a cloud)',
  ],
  [
    'an address of the other family',
    serviceView(),
    [sliceView('http:8080', ['fd00::1'])],
    'EndpointSlice web-1: addresses such as "fd00::1" (not an IPv4 address)',
  ],
])('%s', (_rule, service, slices, wanted) => {
  expect(
    endpointProblems(
      service,
      slices.map((one) => named(one)),
      anyEndpoint,
    ),
  ).toBe(wanted)
})

test('of many EndpointSlices the first three are listed', () => {
  const slices = ['a', 'b', 'c', 'd', 'e'].map((name) =>
    named(sliceView('web:1', ['10.0.0.1']), name),
  )
  const problem = 'no port with the name and protocol of the Service'
  expect(endpointProblems(serviceView(), slices, anyEndpoint)).toBe(
    `EndpointSlice a: ${problem}; EndpointSlice b: ${problem}; EndpointSlice c: ${problem}; and 2 more`,
  )
})
