// Which addresses an import publishes.
import { describe, expect, test } from 'vitest'
import type { ImportView, IpFamily } from '../../../src/fleet/api/types.ts'
import { importAddresses, keptAddresses } from '../../../src/fleet/plan/import-addresses.ts'
import { importView } from '../fixtures.ts'

const V4 = '10.96.0.7'
const V6 = 'fd00::7'

interface Row {
  name: string
  was?: Partial<ImportView>
  families?: readonly IpFamily[]
  clusterIPs: readonly string[]
  limit?: number
  ips: readonly string[]
  ipFamilies: readonly string[]
  supported?: false
}

describe('an import', () => {
  test.each<Row>([
    {
      name: 'gets the address of its Service and its family',
      families: ['IPv4'],
      clusterIPs: [V4],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'gets both addresses in the order of the Service',
      families: ['IPv4', 'IPv6'],
      clusterIPs: [V6, V4],
      ips: [V6, V4],
      ipFamilies: ['IPv6', 'IPv4'],
    },
    {
      name: 'gets no address in a family that no export serves',
      families: ['IPv4'],
      clusterIPs: [V4, V6],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'without a common family gets no address',
      families: ['IPv6'],
      clusterIPs: [V4],
      ips: [],
      ipFamilies: [],
      supported: false,
    },
    {
      name: 'before any export gets all addresses',
      clusterIPs: [V4, V6],
      ips: [V4, V6],
      ipFamilies: ['IPv4', 'IPv6'],
    },
    {
      name: 'keeps its address after the last export is deleted',
      was: { ips: [V4], ipFamilies: ['IPv4'] },
      families: [],
      clusterIPs: [V4, V6],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'loses an address that its Service no longer has, after the last export is deleted',
      was: { ips: ['10.96.0.1'], ipFamilies: ['IPv4'] },
      clusterIPs: [V4],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'keeps its address while the Service has none',
      was: { ips: [V4], ipFamilies: ['IPv4'] },
      families: ['IPv4'],
      clusterIPs: [],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'keeps its families while its Service is still headless',
      was: { ips: [], ipFamilies: ['IPv6'] },
      families: ['IPv4'],
      clusterIPs: ['None'],
      ips: [],
      ipFamilies: ['IPv6'],
    },
    {
      name: 'gets addresses in the order of the families that its user set',
      was: { ipFamilies: ['IPv6', 'IPv4'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: [V4, V6],
      ips: [V6, V4],
      ipFamilies: ['IPv6', 'IPv4'],
    },
    {
      name: 'keeps the families that its user set where the cluster has none of them',
      was: { ipFamilies: ['IPv6'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: [V4],
      ips: [],
      ipFamilies: ['IPv6'],
      supported: false,
    },
    {
      name: 'gets no address in families that its user set and no export serves',
      was: { ips: [V6], ipFamilies: ['IPv6'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: [V4, V6],
      ips: [],
      ipFamilies: ['IPv6'],
      supported: false,
    },
    {
      name: 'of the type Headless is unsupported as well without a common family',
      was: { type: 'Headless', ipFamilies: ['IPv6'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: ['None'],
      ips: [],
      ipFamilies: ['IPv6'],
      supported: false,
    },
    {
      name: 'keeps even unknown families that its user set',
      was: { ipFamilies: ['IPv5'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: [V4],
      ips: [V4],
      ipFamilies: ['IPv5'],
    },
    {
      name: 'gets one address with an old CRD',
      families: ['IPv4', 'IPv6'],
      clusterIPs: [V4, V6],
      limit: 1,
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'of the type Headless gets families and no address',
      was: { type: 'Headless', ips: [V4], ipFamilies: ['IPv4'] },
      families: ['IPv6', 'IPv4'],
      clusterIPs: ['None'],
      ips: [],
      ipFamilies: ['IPv6', 'IPv4'],
    },
    {
      name: 'of the type Headless keeps its families after the last export is deleted',
      was: { type: 'Headless', ipFamilies: ['IPv4'] },
      clusterIPs: ['None'],
      ips: [],
      ipFamilies: ['IPv4'],
    },
  ])('$name', ({ was, families, clusterIPs, limit, ips, ipFamilies, supported = true }) => {
    const before = importView(was)
    const addresses = importAddresses(before, families, { clusterIPs }, limit)
    expect(addresses).toMatchObject({ ips, ipFamilies, supported })
    // The result is stable once it is written.
    const after = { ...before, ips, ipFamilies }
    expect(importAddresses(after, families, { clusterIPs }, limit).changed).toBe(false)
  })

  test('is reported as changed only if it must be written', () => {
    const service = { clusterIPs: [V4] }
    expect(importAddresses(importView(), ['IPv4'], service).changed).toBe(true)
    expect(importAddresses(importView(), ['IPv4'], undefined).changed).toBe(false)
  })
})

describe('while a source is unreachable, an import', () => {
  const unsupported = {
    type: 'Ready',
    status: 'False',
    reason: 'IPFamilyNotSupported',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  } as const

  test.each<Omit<Row, 'families' | 'limit'>>([
    {
      name: 'keeps its address',
      was: { ips: [V4], ipFamilies: ['IPv4'] },
      clusterIPs: [V4, V6],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'follows its Service to another address of the same family',
      was: { ips: ['10.96.0.8'], ipFamilies: ['IPv4'] },
      clusterIPs: [V4, V6],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'without a common family before the outage gets no address',
      was: { conditions: [unsupported] },
      clusterIPs: [V4],
      ips: [],
      ipFamilies: [],
      supported: false,
    },
    {
      name: 'without a published address gets all',
      clusterIPs: [V4, V6],
      ips: [V4, V6],
      ipFamilies: ['IPv4', 'IPv6'],
    },
    {
      name: 'of the type Headless keeps its families',
      was: { type: 'Headless', ipFamilies: ['IPv6'] },
      clusterIPs: ['None'],
      ips: [],
      ipFamilies: ['IPv6'],
    },
  ])('$name', ({ was, clusterIPs, ips, ipFamilies, supported = true }) => {
    const addresses = keptAddresses(importView(was), { clusterIPs })
    expect(addresses).toMatchObject({ ips, ipFamilies, supported })
  })
})
