// The host names of endpoints (coredns plugin/kubernetes/kubernetes_test.go TestEndpointHostname).
import { expect, test } from 'vitest'
import { endpointHost } from '../../../src/plugins/kubernetes/endpoint-names.ts'
import { endpoint } from '../../cases/cluster-objects.ts'

test.each([
  ['10.11.12.13', '', '', false, '10-11-12-13'],
  ['10.11.12.13', 'epname', '', false, 'epname'],
  ['10.11.12.13', '', 'hello-abcde', false, '10-11-12-13'],
  ['10.11.12.13', 'epname', 'hello-abcde', false, 'epname'],
  ['10.11.12.13', 'epname', 'hello-abcde', true, 'epname'],
  ['10.11.12.13', '', 'hello-abcde', true, 'hello-abcde'],
  ['10.11.12.13', '', 'p'.repeat(63), true, 'p'.repeat(63)],
  // A name that is no label cannot be part of the endpoint's name.
  ['10.11.12.13', '', 'p'.repeat(64), true, '10-11-12-13'],
  ['10.11.12.13', '', 'web.example', true, '10-11-12-13'],
  [
    '2001:db8:3333:4444:5555:6666:7777:8888',
    '',
    '',
    false,
    '2001-db8-3333-4444-5555-6666-7777-8888',
  ],
  ['2001:db8:3333:4444:5555:6666::', '', '', false, '2001-db8-3333-4444-5555-6666--0'],
])(
  '%s, host name "%s", Pod "%s", endpoint_pod_names %s: %s',
  (address, host, podName, on, name) => {
    expect(endpointHost(endpoint(`${address} ${host}`, { podName }), address, on)).toBe(name)
  },
)
