// Names that exist by a rule, with labels of any length and content: strangers send them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  endpoint,
  HANDLER_OBJECTS,
  HTTP,
  REVERSE_OBJECTS,
  service,
  slice,
  ZONAL_OBJECTS,
} from '../../cases/cluster-objects.ts'
import { recordsOf } from '../../support/chain-query.ts'
import { clusterZones } from '../../support/cluster-zones.ts'

const zones = clusterZones({
  views: [...HANDLER_OBJECTS, ...ZONAL_OBJECTS, ...REVERSE_OBJECTS],
  namespaces: ['testns'],
  reverseZones: ['in-addr.arpa.', 'ip6.arpa.'],
  options: { zonal: true, pods: 'insecure' },
  fallthrough: ['arpa.'],
})

const label = fc.oneof(
  fc.constantFrom('_', '_http', 'http', '_tcp', 'tcp', 'svc1', 'hdls', 'testns', 'svc', 'pod'),
  fc.constantFrom(
    'pin',
    'prefer',
    '_zone',
    'us-west-2a',
    '*',
    '-',
    '--',
    '1-2-3-4',
    '10',
    '0',
    'f',
  ),
  fc.constantFrom('x'.repeat(63), '-'.repeat(63), `_${'x'.repeat(62)}`, '\\000', '\\255\\255'),
)
const tail = fc.constantFrom(
  'cluster.local.',
  'svc.cluster.local.',
  'testns.svc.cluster.local.',
  'svc1.testns.svc.cluster.local.',
  '_zone.hdls.testns.svc.cluster.local.',
  'testns.pod.cluster.local.',
  'in-addr.arpa.',
  'ip6.arpa.',
)

/** Bytes of a name in wire form. */
function wireLength(name: string): number {
  return name.replaceAll(/\\\d{3}/g, 'x').length + 1
}

test('any name is NOERROR, NXDOMAIN, or for the next plugin', async () => {
  const rcodes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(label, { maxLength: 40 }),
      tail,
      fc.constantFrom('A', 'AAAA', 'SRV', 'PTR', 'CNAME', 'TXT', 'SOA', 'NS'),
      async (labels, end, type) => {
        const name = [...labels, end].join('.')
        fc.pre(wireLength(name) <= 255)
        const [rcode = ''] = await zones.ask(name, type, 1232)
        rcodes.add(rcode)
      },
    ),
    { numRuns: 4000 },
  )
  for (const rcode of rcodes) expect(['NOERROR', 'NXDOMAIN', 'next']).toContain(rcode)
  expect(rcodes.size).toBe(3)
})

test.each([
  ['a name of a Service', `svc1.testns.svc.cluster.local.`],
  ['a name of a Service that does not exist', 'www.example.com.svc.cluster.local.'],
  ['a name of a search list', 'www.example.com.testns.svc.cluster.local.'],
  ['a name of a search list below a Service', 'a.b.svc1.testns.svc.cluster.local.'],
  ['a port without underscores, for an address', 'http.tcp.svc1.testns.svc.cluster.local.'],
  ['a zone without endpoints', 'z.prefer._zone.hdls.testns.svc.cluster.local.'],
  ['a Pod', '1-2-3-4.testns.pod.cluster.local.'],
  ['an ExternalName in the zone', 'external-to-service.testns.svc.cluster.local.'],
])('the packet path alone answers %s', (_, name) => {
  expect(zones.askPacketPath(name, 'A')[0]).not.toBe('chain')
})

test.each([
  ['SRV of a port without underscores', 'http.tcp.svc1.testns.svc.cluster.local.', 'SRV'],
  ['SRV of a zone without endpoints', 'z.prefer._zone.hdls.testns.svc.cluster.local.', 'SRV'],
  ['an ExternalName elsewhere', 'external.testns.svc.cluster.local.', 'A'],
])('the plugin chain answers %s', (_, name, type) => {
  expect(zones.askPacketPath(name, type)).toEqual(['chain'])
})

describe('a spelling that is longer than a name may be does not exist', () => {
  const port = { ...HTTP, name: 'p'.repeat(62) }
  const views = [service('testns/svc1', { ips: ['10.0.0.1'], ports: [port] })]
  const ask = (size: number, first: string) => {
    const name = (zone: string) => `${first}._.svc1.testns.svc.${zone}`
    const long = `${'y'.repeat(63)}.${'z'.repeat(63)}.local.`
    const zone = `${'x'.repeat(size - wireLength(name(long)) - 1)}.${long}`
    return clusterZones({ views, namespaces: ['testns'], zone }).ask(name(zone), 'A')
  }

  test.each([
    [`_${port.name}`, 251, 'NOERROR'],
    // With _tcp it has 255 bytes, with _sctp 256.
    [`_${port.name}`, 252, 'NOERROR'],
    [`_${port.name}`, 253, 'NXDOMAIN'],
    [`_${port.name}`, 254, 'NXDOMAIN'],
    [`_${port.name}`, 255, 'NXDOMAIN'],
    [port.name, 251, 'NOERROR'],
    [port.name, 252, 'NXDOMAIN'],
    [port.name, 255, 'NXDOMAIN'],
    ['p'.repeat(63), 240, 'NXDOMAIN'],
  ])('%s._ in a name of %i bytes: %s', async (first, size, rcode) => {
    const [line] = await ask(size, first)
    expect(line).toBe(rcode)
  })
})

describe('a reply of many records, found by three protocols', () => {
  const ports = ['tcp', 'udp', 'sctp'].map((protocol) => ({ ...HTTP, protocol }))
  const many = Array.from({ length: 2000 }, (_, i) => endpoint(`10.1.${i >> 8}.${i & 255}`))
  const view = service('ns/web', { kind: 'Headless', ports }, [
    slice('ns/web', 'web-1', many, ports),
  ])
  const { ask, askHandler } = clusterZones({ views: [view], namespaces: ['ns'] })
  const name = '_http._.web.ns.svc.cluster.local.'

  test.each([
    ['A', 512],
    ['SRV', 512],
    ['A', 1232],
    ['SRV', 4096],
    ['A', 20_000],
    ['SRV', 65_535],
  ])('%s in %i bytes has as many of them as fit', async (type, limit) => {
    const whole = await ask(name, type, 65_535)
    const [rcode, ...records] = await ask(name, type, limit)
    expect(rcode).toBe('NOERROR TC')
    expect(records).toEqual(whole.slice(1, 1 + records.length))
  })

  test.each(['A', 'SRV'])('is not built further than the client takes: %s', async (type) => {
    const { answers } = recordsOf(await askHandler(name, type, 512))
    expect(answers.length).toBeGreaterThan(10)
    expect(answers.length).toBeLessThan(100)
  })
})
