// What the limits leave of an export.
import { describe, expect, test } from 'vitest'
import type { ExportLimits } from '../../../src/fleet/api/export-limits.ts'
import { defaultExportLimits } from '../../../src/fleet/api/export-limits.ts'
import type { EndpointView, SlicePort } from '../../../src/fleet/api/types.ts'
import { type ExportedSlice, limitExport } from '../../../src/fleet/merge/limit-export.ts'
import { endpoint, ports, serviceView } from '../fixtures.ts'

const limits: ExportLimits = { ports: 3, endpoints: 10, backends: 20 }

const somePorts = (count: number, prefix = 'p') =>
  ports(Array.from({ length: count }, (_, i) => `${prefix}${i}:${i + 1}`).join(' '))
const ip = (i: number) => `10.0.${i >> 8}.${i & 255}`
/** Addresses in an order of their own: the order in a slice has no meaning. */
const ips = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ip(from + count - 1 - i))

let slices = 0
const slice = (
  portList: readonly SlicePort[],
  endpoints: readonly (string | EndpointView)[],
  addressType = 'IPv4',
): ExportedSlice => ({
  name: `slice-${slices++}`,
  addressType,
  ports: portList,
  endpoints: endpoints.map((one) => endpoint(one)),
  labels: {},
})

/** "[number of ports]x[last parts of the addresses]" of each slice, then the exceeded limits. */
function result(count: number, list: readonly ExportedSlice[], change: Partial<ExportLimits> = {}) {
  const service = serviceView({ ports: somePorts(count) })
  const limited = limitExport(service, list, { ...limits, ...change })
  const shown = limited.slices.map((one) => {
    const last = one.endpoints.flatMap(({ addresses }) =>
      addresses.map((address) => address.split(/[.:]/).at(-1)),
    )
    return `${one.ports.length}x${last.join(',')}`
  })
  return [...shown, ...limited.exceeded].join(' ')
}

describe('the limits of an export', () => {
  const [p1, p2, p3, p4] = [somePorts(1), somePorts(2), somePorts(3), somePorts(4)]
  test.each<[string, string, string]>([
    ['an export within the limits is kept', result(2, [slice(p2, ips(0, 2))]), '2x1,0'],
    [
      'as many endpoints as the limit are kept',
      result(1, [slice(p1, ips(0, 10))]),
      '1x9,8,7,6,5,4,3,2,1,0',
    ],
    [
      'of more endpoints the first by the text of their address are kept, whatever their order',
      result(1, [slice(p1, ips(0, 12))], { endpoints: 3 }),
      '1x0,1,10 endpoints',
    ],
    [
      'endpoints of older slices come first',
      result(1, [slice(p1, ips(5, 2)), slice(p1, ips(0, 2))], { endpoints: 3 }),
      '1x6,5 1x0 endpoints',
    ],
    [
      'the first slice that does not fit is the last',
      result(1, [slice(p1, ips(5, 2)), slice(p1, ips(0, 3)), slice(p1, ips(9, 1))], {
        endpoints: 4,
      }),
      '1x6,5 1x0,1 endpoints',
    ],
    [
      'an endpoint counts once for each of its addresses',
      result(1, [
        slice(p1, [endpoint({ addresses: ips(0, 6) }), ip(7), endpoint({ addresses: ips(8, 6) })]),
      ]),
      '1x13,12,11,10,9,8 endpoints',
    ],
    [
      'each IP family has the limit for itself',
      result(1, [slice(p1, ips(0, 3)), slice(p1, ['fd00::1', 'fd00::2'], 'IPv6')], {
        endpoints: 2,
      }),
      '1x0,1 1x1,2 endpoints',
    ],
    ['the first ports of the Service are kept', result(4, [slice(p4, ips(0, 1))]), '3x0 ports'],
    [
      'a slice that has only ports over the limit is left out',
      result(4, [slice(p4.slice(3), ips(0, 1)), slice(p1, ips(1, 1))]),
      '1x1 ports',
    ],
    [
      'ports that the Service does not have are left out of a slice',
      result(1, [slice([...p1, ...somePorts(9, 'other')], ips(0, 1))]),
      '1x0',
    ],
    [
      'a slice without a port of the Service is kept, for the warning about it',
      result(1, [slice(somePorts(2, 'other'), ips(0, 1))]),
      '0x0',
    ],
    [
      'ports times endpoints have a limit',
      result(3, [slice(p3, ips(0, 10))]),
      '3x0,1,2,3,4,5 backends',
    ],
    [
      'ports times endpoints are summed over the slices',
      result(3, [slice(p3, ips(0, 5)), slice(p1, ips(10, 2)), slice(p1, ips(20, 5))]),
      '3x4,3,2,1,0 1x11,10 1x20,21,22 endpoints',
    ],
    [
      'a slice counts at least the ports that it lists',
      result(1, [slice(somePorts(19), ips(0, 1)), slice(p1, ips(1, 5))]),
      '1x0 1x1 backends',
    ],
    [
      'slices without endpoints count nothing',
      result(1, [slice(somePorts(19), []), slice(p1, ips(0, 2)), slice(somePorts(19), [])], {
        endpoints: 2,
      }),
      '1x1,0',
    ],
    [
      'a portless headless Service has a limit of endpoints',
      result(0, [slice([], ips(0, 4))], { endpoints: 2 }),
      '0x0,1 endpoints',
    ],
    [
      'many slices without endpoints are not over the limit',
      result(1, [...Array.from({ length: 20 }, () => slice(p1, [])), slice(p1, ips(0, 1))]),
      '1x0',
    ],
    [
      'many slices of host names are not over the limit; one name of each is kept, for the warning about it',
      result(1, [
        ...Array.from({ length: 20 }, () =>
          slice(p1, [endpoint({ addresses: ['a.net', 'b.org'] }), 'a.com'], 'FQDN'),
        ),
        slice(p1, ips(0, 1)),
      ]),
      `${'0xnet '.repeat(20)}1x0`,
    ],
    [
      'no more slices with endpoints are looked at than twice the endpoints',
      result(4, [
        ...Array.from({ length: 20 }, (_, i) => slice(p4.slice(3), ips(i, 1))),
        slice(p1, ips(0, 1)),
      ]),
      'ports endpoints',
    ],
    [
      'no more than 10,000 slices that nobody imports are looked at',
      result(1, [...Array.from({ length: 10_000 }, () => slice(p1, [])), slice(p1, ips(0, 1))]),
      '1x0',
    ],
    [
      'after them the rest is over the limit',
      result(1, [...Array.from({ length: 10_001 }, () => slice(p1, [])), slice(p1, ips(0, 1))]),
      'endpoints',
    ],
  ])('%s', (_rule, shown, wanted) => {
    expect(shown).toBe(wanted)
  })
})

describe('a hostile export', () => {
  const total = (list: readonly ExportedSlice[]) =>
    list.reduce((sum, one) => sum + Math.max(1, one.ports.length) * one.endpoints.length, 0)

  test('of 1,000 slices with 1,000 endpoints is read no further than the limits reach', () => {
    let read = 0
    function* many() {
      for (let i = 0; i < 1000; i++) {
        const one = slice(somePorts(1), [])
        const endpoints = () => {
          read++
          return ips(i * 1000, 1000).map((address) => endpoint(address))
        }
        yield Object.defineProperty(one, 'endpoints', { get: endpoints })
      }
    }
    const limited = limitExport(serviceView({ ports: somePorts(1) }), many(), defaultExportLimits)
    expect(total(limited.slices)).toBe(5000)
    expect([...limited.exceeded]).toEqual(['endpoints'])
    expect(read).toBeLessThan(30)
  })

  test.each<[string, number, number, number, number, string]>([
    ['5,000 ports and 1,000 endpoints', 5000, 5000, 1000, 50_000, 'ports backends'],
    ['1 port and a slice of 20,000 ports and 1,000 endpoints', 1, 20_000, 1000, 1000, ''],
    ['1,000 ports and 50 endpoints', 1000, 1000, 50, 50_000, ''],
    ['10 ports and 5,000 endpoints', 10, 10, 5000, 50_000, ''],
  ])('of %s is within the defaults', (_rule, own, listed, count, pairs, exceeded) => {
    const service = serviceView({ ports: somePorts(own) })
    const list = [slice(somePorts(listed), ips(0, count))]
    const limited = limitExport(service, list, defaultExportLimits)
    expect(total(limited.slices)).toBe(pairs)
    expect([...limited.exceeded].join(' ')).toBe(exceeded)
  })
})
