// How many endpoints go into one imported slice, by its ports and its bytes.
import { describe, expect, test } from 'vitest'
import type { EndpointView, SlicePort, SliceView } from '../../../src/fleet/api/types.ts'
import { sliceBody } from '../../../src/fleet/plan/write-bodies.ts'
import { endpointBytes, sliceCapacity } from '../../../src/fleet/slices/capacity.ts'
import { importedSlices } from '../../../src/fleet/slices/desired-slices.ts'
import { packSlices, type SliceWrite } from '../../../src/fleet/slices/packing.ts'
import { endpoint, importView, serviceView } from '../fixtures.ts'

const somePorts = (count: number, change: Partial<SlicePort> = {}) =>
  Array.from({ length: count }, (_, i) => ({
    name: `port-${i}`,
    protocol: 'TCP',
    port: i + 1,
    appProtocol: '',
    ...change,
  }))
const someEndpoints = (count: number, addressesEach = 1): EndpointView[] =>
  Array.from({ length: count }, (_, i) => {
    const at = (n: number) => `fd00::1:${(i + 1).toString(16)}:${(n + 1).toString(16)}`
    return endpoint({ addresses: Array.from({ length: addressesEach }, (_, n) => at(n)) })
  })

/** The new imported slices of one source slice. */
function imported(ports: readonly SlicePort[], endpoints: readonly EndpointView[]) {
  const slice: SliceView = { addressType: 'IPv6', ports, endpoints, labels: {} }
  const served = ports.map((port) => ({ ...port, port: port.port! }))
  const service = serviceView({ ports: served })
  const refusalOf = () => undefined
  const source = { cluster: 'c1', service, slices: [slice], served, refusalOf }
  return packSlices(importedSlices(importView(), source), []).creates
}

const bytesOf = (slice: SliceWrite) => JSON.stringify(sliceBody(slice)).length
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

describe('the number of slices', () => {
  test.each<[string, number, number, number[]]>([
    ['few ports: 100 endpoints in each', 3, 250, [100, 100, 50]],
    ['100 ports: 100 endpoints in each', 100, 250, [100, 100, 50]],
    ['more ports: as many endpoints as ports', 200, 500, [200, 200, 100]],
    ['1,000 ports and more: 1,000 endpoints in each, the most of the API', 5000, 1500, [1000, 500]],
  ])('%s', (_rule, ports, endpoints, sizes) => {
    const slices = imported(somePorts(ports), someEndpoints(endpoints))
    expect(slices.map((slice) => slice.endpoints.length)).toEqual(sizes)
  })

  test.each<[string, SlicePort[], EndpointView[]]>([
    ['long endpoints', somePorts(1000), someEndpoints(600, 100)],
    [
      'long ports',
      somePorts(1000, { appProtocol: `${'a.'.repeat(120)}io/${'b'.repeat(63)}` }),
      someEndpoints(1000, 40),
    ],
  ])('%s: as many endpoints as one MB holds', (_rule, ports, endpoints) => {
    const slices = imported(ports, endpoints)
    expect(slices.length).toBeGreaterThan(1)
    for (const slice of slices) expect(bytesOf(slice)).toBeLessThan(1_000_000)
    for (const slice of slices.slice(0, -1)) expect(bytesOf(slice)).toBeGreaterThan(800_000)
    expect(sum(slices.map((slice) => slice.endpoints.length))).toBe(endpoints.length)
  })

  test('ports of more than one MB are left to the API server, with at least one endpoint in each slice', () => {
    const ports = somePorts(20_000, { appProtocol: 'a'.repeat(60) })
    const slices = imported(ports, someEndpoints(3))
    expect(slices.map((slice) => slice.endpoints.length)).toEqual([1, 1, 1])
  })
})

test.each([1, 10, 100, 500, 1000, 5000])(
  '%i ports and 1,000 endpoints take less than three times the bytes of both once',
  (count) => {
    const [ports, endpoints] = [somePorts(count), someEndpoints(1000)]
    const slices = imported(ports, endpoints)
    const once = bytesOf({ ...slices[0]!, ports, endpoints })
    expect(sum(slices.map(bytesOf))).toBeLessThan(3 * once)
  },
)

test('the bytes of ports and endpoints are those of the written JSON, or a little more', () => {
  const long = endpoint({
    addresses: ['fd00::1', 'fd00:1111:2222:3333:4444:5555:6666:7777'],
    conditions: { ready: false, serving: false, terminating: false },
    hostname: 'h'.repeat(63),
    zone: 'z'.repeat(63),
    forZones: ['z'.repeat(63)],
  })
  const [slice] = imported([], [endpoint('10.0.0.1')])
  expect(slice).toBeUndefined()
  const [base] = imported(somePorts(1), someEndpoints(1))
  const empty = bytesOf({ ...base!, ports: [], endpoints: [] })
  for (const one of [long, ...someEndpoints(1)]) {
    const written = bytesOf({ ...base!, ports: [], endpoints: [one] }) - empty
    expect(endpointBytes(one)).toBeGreaterThanOrEqual(written)
    expect(endpointBytes(one)).toBeLessThan(written + 150)
  }
  const ports = somePorts(10, { appProtocol: 'kubernetes.io/h2c', port: 65_535, protocol: 'SCTP' })
  const written = bytesOf({ ...base!, ports, endpoints: [] }) - empty
  const reserved = sliceCapacity([]).bytes - sliceCapacity(ports).bytes
  expect(reserved).toBeGreaterThanOrEqual(written)
  expect(reserved).toBeLessThan(written * 1.5)
})
