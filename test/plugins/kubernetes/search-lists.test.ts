// The search lists of Pods for `autopath` (coredns plugin/kubernetes/autopath_test.go).
import { describe, expect, test } from 'vitest'
import { nameToText, nameToWire } from '../../../src/dns/name.ts'
import { Request } from '../../../src/dns/request.ts'
import { clusterAnswerer, reverseAnswerer } from '../../../src/plugins/kubernetes/answerers.ts'
import { PodBlocks } from '../../../src/plugins/kubernetes/pod-blocks.ts'
import { PodSearchLists } from '../../../src/plugins/kubernetes/search-lists.ts'
import { ZoneSet } from '../../../src/plugins/multicluster/zone-set.ts'
import { TableReader } from '../../../src/zone/table-reader.ts'
import { TableWriter } from '../../../src/zone/table-writer.ts'
import { encodeQuery } from '../../support/dns-encode.ts'

const PODS = [
  'shop/10.244.0.7',
  'shop/fd00::7',
  'bank/10.244.0.8',
  'shop/192.0.2.1',
  'bank/192.0.2.1',
]

const table = new TableWriter({ maxBytes: 2 ** 22 })
const blocks = new PodBlocks(table, () => true)
for (const pod of PODS) blocks.publish(blocks.note(pod)!)
const reader = new TableReader(table.handle, 0)
const config = {
  ttl: 5,
  endpoints: true,
  pods: 'verified',
  zonal: false,
  zone: nameToWire('cluster.local.')!,
  fallthrough: [],
} as const
const context = { localAddresses: [], rotate: false }
const podZones = ['cluster.local.', '.'].map((zone) =>
  clusterAnswerer(zone, reader, config, context),
)
const others = ['clusterset.local.', 'mc.cluster.local.'].map((zone) =>
  clusterAnswerer(zone, reader, config, context),
)
const reverse = reverseAnswerer('10.in-addr.arpa.', reader, config, context)
const lists = new PodSearchLists(new ZoneSet([...podZones, ...others, reverse]), podZones)

function requestFor(name: string): Request {
  const request = new Request()
  const query = encodeQuery({ name, type: 'A' })
  request.parse(query, 0, query.length)
  return request
}

function listOf(name: string, remoteAddress: string) {
  const client = {
    protocol: 'udp',
    remoteAddress,
    remotePort: 1,
    localAddress: '',
    localPort: 53,
  } as const
  return lists.of(requestFor(name), client)?.map((domain) => nameToText(domain))
}

const SHOP = ['shop.svc.cluster.local.', 'svc.cluster.local.', 'cluster.local.']

describe('the list of', () => {
  test.each([
    [
      'a Pod, for a name below its namespace',
      'example.com.shop.svc.cluster.local',
      '10.244.0.7',
      SHOP,
    ],
    ['its IPv6 address', 'web.Shop.svc.cluster.local', 'fd00::7', SHOP],
    ['another namespace', 'web.bank.svc.cluster.local', '10.244.0.7', undefined],
    ['a client that is no Pod', 'web.shop.svc.cluster.local', '10.244.0.9', undefined],
    ['an address of two namespaces', 'web.shop.svc.cluster.local', '192.0.2.1', SHOP],
    [
      'the other one of them',
      'web.bank.svc.cluster.local',
      '192.0.2.1',
      ['bank.svc.cluster.local.', 'svc.cluster.local.', 'cluster.local.'],
    ],
    ['the root as the zone', 'web.shop.svc', '10.244.0.7', ['shop.svc.', 'svc.', '.']],
  ])('%s', (_what, name, address, list) => {
    expect(listOf(name, address)).toEqual(list)
  })
})

test.each([
  ['a name below NAMESPACE.svc', 'a.b.svc.cluster.local', true],
  ['the namespace itself', 'shop.svc.cluster.local', false],
  ['a name of Pods', 'a.shop.pod.cluster.local', false],
  ['a name outside of svc', 'a.example.com.cluster.local', false],
  ['the zone', 'cluster.local', false],
  ['a multicluster zone', 'web.shop.svc.clusterset.local', false],
  ['a multicluster zone inside of the zone', 'web.shop.svc.mc.cluster.local', false],
  ['a reverse zone', '7.0.244.10.in-addr.arpa', false],
])('whether %s may be completed', (_what, name, may) => {
  expect(lists.mayApply(requestFor(name))).toBe(may)
  if (!may) expect(listOf(name, '10.244.0.7')).toBeUndefined()
})
