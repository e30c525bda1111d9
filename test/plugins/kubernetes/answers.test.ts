// The answers of the zones of `kubernetes`, from compiled objects to the reply.
import { describe, expect, test } from 'vitest'
import {
  APEX,
  type ClusterAnswer,
  has,
  IGNORE_EMPTY,
  NO_ENDPOINTS,
  nodata,
  nxdomain,
  PODS_DISABLED,
  PODS_INSECURE,
  PODS_VERIFIED,
  REVERSE,
  SERVICES,
  SPELLINGS,
  servfail,
  ZONAL,
} from '../../cases/cluster-answers.ts'
import {
  HANDLER_OBJECTS,
  REVERSE_OBJECTS,
  REVERSE_ZONES,
  ZONAL_OBJECTS,
} from '../../cases/cluster-objects.ts'
import {
  type ClusterZones,
  type ClusterZonesSpec,
  clusterZones,
} from '../../support/cluster-zones.ts'

function answers(name: string, rows: readonly ClusterAnswer[], zones: ClusterZones): void {
  describe(name, () => {
    test.each(rows.map((row) => [`${row.qname} ${row.qtype}`, row] as const))(
      '%s',
      async (_, { qname, qtype, lines }) => {
        const reply = await zones.ask(qname, qtype)
        expect([reply[0], ...reply.slice(1).sort()]).toEqual([lines[0], ...lines.slice(1).sort()])
      },
    )
  })
}

function handlerZones(more: Partial<ClusterZonesSpec>): ClusterZones {
  return clusterZones({ views: HANDLER_OBJECTS, namespaces: ['testns'], ...more })
}

answers('services', SERVICES, handlerZones({}))
answers('spellings', SPELLINGS, handlerZones({}))
answers('ignore empty_service', IGNORE_EMPTY, handlerZones({ options: { ignoreEmpty: true } }))
answers('noendpoints', NO_ENDPOINTS, handlerZones({ options: { endpoints: false } }))
answers('the apex and fixed names', APEX, handlerZones({}))

const podNamespaces = { namespaces: ['testns', 'podns', 'svcns'] }
answers('pods disabled', PODS_DISABLED, handlerZones(podNamespaces))
answers(
  'pods insecure',
  PODS_INSECURE,
  handlerZones({ ...podNamespaces, options: { pods: 'insecure' } }),
)
answers(
  'pods verified',
  PODS_VERIFIED,
  handlerZones({
    ...podNamespaces,
    options: { pods: 'verified' },
    pods: [
      { namespace: 'podns', ip: '10.240.0.1' },
      { namespace: 'podns', ip: '10.240.0.1' },
      { namespace: 'podns', ip: '1234:abcd::1' },
      { namespace: 'podns', ip: 'not an address' },
    ],
  }),
)

const zonal = { views: ZONAL_OBJECTS, namespaces: ['testns'] }
answers('zonal', ZONAL, clusterZones({ ...zonal, options: { zonal: true } }))
answers(
  'without zonal',
  [
    nxdomain('us-west-2a.pin._zone.hdls.testns.svc A'),
    nxdomain('us-west-2c.prefer._zone.hdls.testns.svc A'),
  ],
  clusterZones(zonal),
)

answers(
  'reverse zones',
  REVERSE,
  clusterZones({ views: REVERSE_OBJECTS, namespaces: ['testns'], reverseZones: REVERSE_ZONES }),
)

answers(
  'before the first sync',
  [has('svc1.testns.svc A', '@ A 10.0.0.1'), servfail('svc0.testns.svc A'), nodata('svc A')],
  handlerZones({ synced: false, fallthrough: ['.'] }),
)

describe('fallthrough', () => {
  const zones = clusterZones({
    views: REVERSE_OBJECTS,
    namespaces: ['testns'],
    reverseZones: REVERSE_ZONES,
    fallthrough: ['in-addr.arpa.', 'ip6.arpa.'],
  })

  test.each([
    ['an address without a name', '101.0.0.10.in-addr.arpa.', 'PTR', 'next'],
    ['a name that is no address', 'x.0.10.in-addr.arpa.', 'A', 'next'],
    ['another type of an address with a name', '100.0.0.10.in-addr.arpa.', 'A', 'NOERROR'],
    ['SOA below the apex', '101.0.0.10.in-addr.arpa.', 'SOA', 'NOERROR'],
    ['a zone that is not listed', 'svc0.testns.svc.cluster.local.', 'A', 'NXDOMAIN'],
    ['a name outside of all zones', 'example.org.', 'A', 'next'],
  ])('%s', async (_, name, type, first) => {
    expect((await zones.ask(name, type))[0]).toBe(first)
  })

  test.each(['http._.svc1.testns.svc.cluster.local.', 'svc0.testns.svc.cluster.local.'])(
    'of all zones: %s',
    async (name) => {
      const all = handlerZones({ fallthrough: ['.'] })
      expect(await all.ask(name.replace('http', 'none'), 'SRV')).toEqual(['next'])
    },
  )
})

test.each(['AXFR', 'IXFR'])('%s is REFUSED', async (type) => {
  expect(await handlerZones({}).ask('cluster.local.', type)).toEqual(['REFUSED'])
})

test('owners and the zone keep the case of the question', async () => {
  const zones = handlerZones({})
  expect(await zones.ask('SvC1.TeStNs.SvC.cLuStEr.LoCaL.', 'A')).toEqual([
    'NOERROR',
    'SvC1.TeStNs.SvC.cLuStEr.LoCaL. 5 IN A 10.0.0.1',
  ])
  expect((await zones.ask('none.testns.svc.ClUsTeR.lOcAl.', 'A'))[1]).toMatch(
    /^authority ClUsTeR.lOcAl. 5 IN SOA ns.dns.ClUsTeR.lOcAl. hostmaster.ClUsTeR.lOcAl. /,
  )
  expect((await zones.ask('_HtTp._TcP.sVc1.TeStNs.SvC.cLuStEr.LoCaL.', 'SRV'))[1]).toMatch(
    /^_HtTp._TcP.sVc1.TeStNs.SvC.cLuStEr.LoCaL. 5 IN SRV 0 100 80 svc1.testns.svc/,
  )
})
