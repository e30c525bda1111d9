// ExternalName Services whose target is not simply another name of the zone with addresses.
import { describe, expect, test } from 'vitest'
import { nameToText, nameToWire } from '../../../src/dns/name.ts'
import {
  compileExternalName,
  externalNameProblem,
} from '../../../src/plugins/kubernetes/external-name.ts'
import { endpoint, service, slice } from '../../cases/cluster-objects.ts'
import { clusterZones, lookedUp, SERIAL } from '../../support/cluster-zones.ts'

const ZONE = 'ns.svc.cluster.local.'
const SOA = `authority cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. ${SERIAL} 7200 1800 86400 5`

function external(name: string, externalName: string) {
  return service(`ns/${name}`, { kind: 'ExternalName', externalName })
}

function address(name: string, ...data: readonly number[]) {
  return { name: nameToWire(name)!, type: 1, class: 1, ttl: 77, data: Uint8Array.from(data) }
}

const views = [
  service('ns/web', { ips: ['10.0.0.1'] }),
  service('ns/empty', { kind: 'Headless' }),
  external('outside', 'Ext.Example.org'),
  external('chain', `outside.${ZONE}`),
  external('to-missing', `missing.${ZONE}`),
  external('to-empty', `empty.${ZONE}`),
  external('to-web', `web.${ZONE}`),
  external('to-port', `http.tcp.web.${ZONE}`),
  external('to-pod', '10-9-8-7.ns.pod.cluster.local'),
  external('to-apex', 'cluster.local'),
  external('to-ns', 'ns.dns.cluster.local'),
  external('self', `self.${ZONE}`),
  external('below', `x.below.${ZONE}`),
  external('loop1', `loop2.${ZONE}`),
  external('loop2', `loop1.${ZONE}`),
  ...Array.from({ length: 12 }, (_, i) => external(`n${i}`, `n${i + 1}.${ZONE}`)),
  service('ns/n12', { ips: ['10.0.0.12'] }),
  external('address', '10.0.0.9'),
  external('address6', 'fd00::9'),
  external('no-name', `${'x'.repeat(64)}.example.org`),
  service('ns/hdls', { kind: 'Headless' }, [slice('ns/hdls', 'hdls-1', [endpoint('10.0.1.1')])]),
]

const lookups: string[] = []
const spec = { views, namespaces: ['ns'], options: { pods: 'insecure' } } as const
const zones = clusterZones({
  ...spec,
  lookup: async (name, type) => {
    lookups.push(`${nameToText(name)} ${type}`)
    return lookedUp([address('ext.example.org.', 192, 0, 2, 1)])
  },
})

describe('a question for an address', () => {
  test.each<[string, string, string[]]>([
    [
      'of a target elsewhere has the records that this server finds, with their TTLs',
      `outside.${ZONE} A`,
      [
        'NOERROR',
        `outside.${ZONE} 5 IN CNAME ext.example.org.`,
        'ext.example.org. 77 IN A 192.0.2.1',
      ],
    ],
    [
      'of a chain that leaves the zone has the whole chain',
      `chain.${ZONE} A`,
      [
        'NOERROR',
        `chain.${ZONE} 5 IN CNAME outside.${ZONE}`,
        `outside.${ZONE} 5 IN CNAME ext.example.org.`,
        'ext.example.org. 77 IN A 192.0.2.1',
      ],
    ],
    [
      'of a name of the zone that does not exist has the CNAME record and is NODATA',
      `to-missing.${ZONE} A`,
      ['NOERROR', `to-missing.${ZONE} 5 IN CNAME missing.${ZONE}`, SOA],
    ],
    [
      'of a headless Service without endpoints: the same',
      `to-empty.${ZONE} AAAA`,
      ['NOERROR', `to-empty.${ZONE} 5 IN CNAME empty.${ZONE}`, SOA],
    ],
    [
      'of a family that the target does not have: the same',
      `to-web.${ZONE} AAAA`,
      ['NOERROR', `to-web.${ZONE} 5 IN CNAME web.${ZONE}`, SOA],
    ],
    [
      'of the zone itself: the same',
      `to-apex.${ZONE} A`,
      ['NOERROR', `to-apex.${ZONE} 5 IN CNAME cluster.local.`, SOA],
    ],
    [
      'of a port without underscores has its address',
      `to-port.${ZONE} A`,
      [
        'NOERROR',
        `to-port.${ZONE} 5 IN CNAME http.tcp.web.${ZONE}`,
        `http.tcp.web.${ZONE} 5 IN A 10.0.0.1`,
      ],
    ],
    [
      'of a Pod has its address',
      `to-pod.${ZONE} A`,
      [
        'NOERROR',
        `to-pod.${ZONE} 5 IN CNAME 10-9-8-7.ns.pod.cluster.local.`,
        '10-9-8-7.ns.pod.cluster.local. 5 IN A 10.9.8.7',
      ],
    ],
    [
      'of the name server has its address',
      `to-ns.${ZONE} A`,
      [
        'NOERROR',
        `to-ns.${ZONE} 5 IN CNAME ns.dns.cluster.local.`,
        'ns.dns.cluster.local. 5 IN A 127.0.0.1',
      ],
    ],
    ['of a name that points to itself is NODATA', `self.${ZONE} A`, ['NOERROR', SOA]],
    ['of a name that points below itself is NODATA', `below.${ZONE} A`, ['NOERROR', SOA]],
    ['of a loop is NODATA', `loop1.${ZONE} AAAA`, ['NOERROR', SOA]],
    ['of a chain of 12 records is NODATA', `n0.${ZONE} A`, ['NOERROR', SOA]],
    ['of an address that is no name is NXDOMAIN', `address.${ZONE} A`, ['NXDOMAIN', SOA]],
    ['of an IPv6 address is NXDOMAIN', `address6.${ZONE} AAAA`, ['NXDOMAIN', SOA]],
    ['of an invalid name is NXDOMAIN', `no-name.${ZONE} A`, ['NXDOMAIN', SOA]],
  ])('%s', async (_, question, lines) => {
    const [name = '', type = ''] = question.split(' ')
    expect(await zones.ask(name, type)).toEqual(lines)
  })

  test('of a chain of 11 records has them all', async () => {
    expect(await zones.ask(`n1.${ZONE}`, 'A')).toHaveLength(1 + 11 + 1)
  })

  test('is looked up once, for its own type', async () => {
    lookups.length = 0
    await zones.ask(`chain.${ZONE}`, 'AAAA')
    await zones.ask(`outside.${ZONE}`, 'A')
    expect(lookups).toEqual(['ext.example.org. 28', 'ext.example.org. 1'])
  })

  test.each(['TXT', 'SRV', 'MX', 'HTTPS', 'CNAME', 'SOA'])(
    'and not for others: %s is not looked up',
    async (type) => {
      lookups.length = 0
      await zones.ask(`outside.${ZONE}`, type)
      expect(lookups).toEqual([])
    },
  )
})

describe('the reply of a lookup', () => {
  const cname = `outside.${ZONE} 5 IN CNAME ext.example.org.`

  test.each<[string, number, string[]]>([
    ['TC is passed on', 0x8200, ['NOERROR TC', cname]],
    ['AA, RA and AD are not', 0x84a0, ['NOERROR', cname]],
    ['NXDOMAIN leaves the CNAME record alone', 0x8003, ['NOERROR', cname]],
    ['SERVFAIL leaves the CNAME record alone', 0x8002, ['NOERROR', cname]],
  ])('%s', async (_, flags, lines) => {
    const failing = clusterZones({ ...spec, lookup: async () => lookedUp([], flags) })
    expect(await failing.ask(`outside.${ZONE}`, 'A')).toEqual(lines)
  })
})

test('before the first sync, a target of the zone may still appear', async () => {
  const unsynced = clusterZones({ ...spec, synced: false })
  expect((await unsynced.ask(`to-missing.${ZONE}`, 'A'))[0]).toBe('SERVFAIL')
})

test('with fallthrough, a missing target is NODATA all the same', async () => {
  const all = clusterZones({ ...spec, fallthrough: ['.'] })
  expect((await all.ask(`to-missing.${ZONE}`, 'A')).slice(0, 2)).toEqual([
    'NOERROR',
    `to-missing.${ZONE} 5 IN CNAME missing.${ZONE}`,
  ])
})

test.each([
  ['web', undefined],
  ['outside', undefined],
  ['address', 'externalName is an IP address; the service has no DNS records'],
  ['address6', 'externalName is an IP address; the service has no DNS records'],
  ['no-name', 'externalName is not a domain name; the service has no DNS records'],
])('the problem of %s, for a warning', (name, problem) => {
  const found = views.find(({ service }) => service.name === name)
  expect(externalNameProblem(found!.service)).toBe(problem)
})

test('an empty externalName has no records', () => {
  const options = { zone: nameToWire('cluster.local.')!, ttl: 5 }
  expect(compileExternalName(nameToWire('web.ns.svc')!, '', options)).toEqual([])
})
