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
      name: 'without a common family gets none',
      families: ['IPv6'],
      clusterIPs: [V4],
      ips: [],
      ipFamilies: [],
      supported: false,
    },
    {
      name: 'before any export gets all',
      clusterIPs: [V4, V6],
      ips: [V4, V6],
      ipFamilies: ['IPv4', 'IPv6'],
    },
    {
      name: 'after the last export keeps what it has',
      was: { ips: [V4], ipFamilies: ['IPv4'] },
      families: [],
      clusterIPs: [V4, V6],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'after the last export loses an address that is gone',
      was: { ips: ['10.96.0.1'], ipFamilies: ['IPv4'] },
      clusterIPs: [V4],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'keeps what it has while the Service has none',
      was: { ips: [V4], ipFamilies: ['IPv4'] },
      families: ['IPv4'],
      clusterIPs: [],
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'keeps what it has while its Service is still headless',
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
      name: 'keeps the families of its user where the cluster has none of them',
      was: { ipFamilies: ['IPv6'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: [V4],
      ips: [],
      ipFamilies: ['IPv6'],
      supported: false,
    },
    {
      name: 'gets no address in the families of its user that no export serves',
      was: { ips: [V6], ipFamilies: ['IPv6'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: [V4, V6],
      ips: [],
      ipFamilies: ['IPv6'],
      supported: false,
    },
    {
      name: 'that is headless is told so as well',
      was: { type: 'Headless', ipFamilies: ['IPv6'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: ['None'],
      ips: [],
      ipFamilies: ['IPv6'],
      supported: false,
    },
    {
      name: 'keeps even families that are nonsense',
      was: { ipFamilies: ['IPv5'], ownFamilies: true },
      families: ['IPv4'],
      clusterIPs: [V4],
      ips: [V4],
      ipFamilies: ['IPv5'],
    },
    {
      name: 'under an old CRD gets one address',
      families: ['IPv4', 'IPv6'],
      clusterIPs: [V4, V6],
      limit: 1,
      ips: [V4],
      ipFamilies: ['IPv4'],
    },
    {
      name: 'that is headless gets families and no address',
      was: { type: 'Headless', ips: [V4], ipFamilies: ['IPv4'] },
      families: ['IPv6', 'IPv4'],
      clusterIPs: ['None'],
      ips: [],
      ipFamilies: ['IPv6', 'IPv4'],
    },
    {
      name: 'that is headless keeps its families after the last export',
      was: { type: 'Headless', ipFamilies: ['IPv4'] },
      clusterIPs: ['None'],
      ips: [],
      ipFamilies: ['IPv4'],
    },
  ])('$name', ({ was, families, clusterIPs, limit, ips, ipFamilies, supported = true }) => {
    const before = importView(was)
    const addresses = importAddresses(before, families, { clusterIPs }, limit)
    expect(addresses).toMatchObject({ ips, ipFamilies, supported })
    // Once written there is nothing more to write.
    const after = { ...before, ips, ipFamilies }
    expect(importAddresses(after, families, { clusterIPs }, limit).changed).toBe(false)
  })

  test('says when it must be written', () => {
    const service = { clusterIPs: [V4] }
    expect(importAddresses(importView(), ['IPv4'], service).changed).toBe(true)
    expect(importAddresses(importView(), ['IPv4'], undefined).changed).toBe(false)
  })
})

describe('while a source is not heard, an import', () => {
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
      name: 'that had no common family with the exports gets none',
      was: { conditions: [unsupported] },
      clusterIPs: [V4],
      ips: [],
      ipFamilies: [],
      supported: false,
    },
    {
      name: 'that never had one gets all',
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
