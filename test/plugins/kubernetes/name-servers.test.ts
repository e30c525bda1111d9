// The name servers of a zone: NS at the apex and `ns.dns` (coredns plugin/kubernetes/ns_test.go).
import { describe, expect, test } from 'vitest'
import { endpoint, service, slice } from '../../cases/cluster-objects.ts'
import { clusterZones } from '../../support/cluster-zones.ts'

const own = (name: string) => slice(`kube-system/${name}`, `${name}-1`, [endpoint('10.244.0.20')])
const views = [
  service('kube-system/dns-service', { ips: ['10.0.0.111'] }, [own('dns-service')]),
  service('kube-system/hdls-dns-service', { kind: 'Headless' }, [own('hdls-dns-service')]),
  service('kube-system/dns6-service', { ips: ['10::111'] }, [own('dns6-service')]),
  service('kube-system/dual', { ips: ['10.0.0.111', '10::112'] }, [own('dual')]),
  service('kube-system/ext', { kind: 'ExternalName', externalName: 'example.org' }),
]
const spec = { views, namespaces: ['kube-system'], localAddresses: ['10.244.0.20', 'fd00::20'] }
const ns = (name: string) => `cluster.local. 5 IN NS ${name}.kube-system.svc.cluster.local.`

function behind(...names: readonly string[]) {
  return clusterZones({ ...spec, serverIsBehind: names.map((name) => `kube-system/${name}`) })
}

describe('a server behind Services', () => {
  const zones = behind('dns-service', 'hdls-dns-service', 'dns6-service')

  test('NS names the Services, and the endpoint of a headless one', async () => {
    expect(await zones.ask('cluster.local.', 'NS')).toEqual([
      'NOERROR',
      ns('dns-service'),
      ns('10-244-0-20.hdls-dns-service'),
      ns('dns6-service'),
      'additional dns-service.kube-system.svc.cluster.local. 5 IN A 10.0.0.111',
      'additional 10-244-0-20.hdls-dns-service.kube-system.svc.cluster.local. 5 IN A 10.244.0.20',
      'additional dns6-service.kube-system.svc.cluster.local. 5 IN AAAA 10::111',
    ])
  })

  test('ns.dns has the addresses of the Services', async () => {
    expect(await zones.ask('ns.dns.cluster.local.', 'A')).toEqual([
      'NOERROR',
      'ns.dns.cluster.local. 5 IN A 10.0.0.111',
      'ns.dns.cluster.local. 5 IN A 10.244.0.20',
    ])
    expect(await zones.ask('ns.dns.cluster.local.', 'AAAA')).toEqual([
      'NOERROR',
      'ns.dns.cluster.local. 5 IN AAAA 10::111',
    ])
  })

  test('one Service with two addresses is one NS record with two addresses', async () => {
    expect(await behind('dual').ask('cluster.local.', 'NS')).toEqual([
      'NOERROR',
      ns('dual'),
      'additional dual.kube-system.svc.cluster.local. 5 IN A 10.0.0.111',
      'additional dual.kube-system.svc.cluster.local. 5 IN AAAA 10::112',
    ])
  })

  test('an address of two Services is one record of ns.dns', async () => {
    const both = behind('dual', 'dns-service')
    expect(await both.ask('ns.dns.cluster.local.', 'A')).toEqual([
      'NOERROR',
      'ns.dns.cluster.local. 5 IN A 10.0.0.111',
    ])
  })

  test('the apex is NODATA for other types', async () => {
    expect((await zones.ask('cluster.local.', 'A')).slice(0, 1)).toEqual(['NOERROR'])
  })
})

test('a server that is behind no Service is ns.dns, with its own addresses', async () => {
  for (const zones of [behind(), behind('ext')]) {
    expect(await zones.ask('cluster.local.', 'NS')).toEqual([
      'NOERROR',
      'cluster.local. 5 IN NS ns.dns.cluster.local.',
      'additional ns.dns.cluster.local. 5 IN A 10.244.0.20',
      'additional ns.dns.cluster.local. 5 IN AAAA fd00::20',
    ])
  }
})
