// Properties of the packet path, with random bytes, and with random objects compared to a slow reference. The replies
// are decoded by the test client, by dns-packet and by dns2.
import { decode } from 'dns-packet'
import dns2 from 'dns2'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../src/dns/message.ts'
import type { EndpointSlice, ImportedService, ServicePort } from '../../../src/sources/objects.ts'
import { objects } from '../../cases/objects.ts'
import { decodeMessage, type Message } from '../../support/dns-decode.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { contentOf, createHarness, type StoreContent } from '../../support/packet-harness.ts'
import { type ReferenceZone, referenceAnswer } from '../../support/reference-answer.ts'

const ZONE = 'clusterset.local.'

function corefile(ttl = 5, line = ''): string {
  return `.:53 {\n multicluster clusterset.local {\n manifests /m\n ttl ${ttl}\n ${line}\n }\n}`
}

const fixed = createHarness({ corefile: corefile(), content: contentOf(objects) })

function checkReply(request: Uint8Array, tcp: boolean): void {
  const reply = fixed.answer(request, tcp)
  if (reply === undefined || reply === 'miss') return
  expect(request[2]! & 0x80).toBe(0)
  expect(reply[2]! & 0x80).toBe(0x80)
  expect([reply[0], reply[1]]).toEqual([request[0], request[1]])
  expect(reply?.length).toBeLessThanOrEqual(tcp ? 65535 : Math.max(512, udpSize(reply)))
  expect(decodeMessage(reply).trailing).toBe(0)
}

/** The size in the OPT of a reply. */
function udpSize(reply: Uint8Array): number {
  const { opt, rcode } = decodeMessage(reply)
  return rcode === 'BADVERS' ? 512 : (opt?.size ?? 0)
}

const names = [
  'vip.ns1.svc',
  'head.ns1.svc',
  'missing.ns1.svc',
  'dual.ns1.svc',
  '',
  'ns.dns',
  'svc',
]
const request = fc
  .record({
    name: fc.constantFrom(...names.map((name) => `${name}${name && '.'}${ZONE}`), 'example.org'),
    type: fc.oneof(fc.constantFrom(1, 2, 6, 16, 28, 33, 255), fc.nat(65535)),
    edns: fc.option(
      fc.record({
        size: fc.nat(65535),
        version: fc.constantFrom(0, 0, 0, 1),
        options: fc.array(
          fc.record({ code: fc.nat(20), data: fc.uint8Array({ maxLength: 300 }) }),
          { maxLength: 4 },
        ),
      }),
      { nil: undefined },
    ),
  })
  .map((spec) => encodeQuery(spec))

describe('any bytes', () => {
  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), checkReply), {
      numRuns: 3000,
    })
  })

  test('a header and random bytes', () => {
    const bytes = fc
      .tuple(request, fc.uint8Array({ maxLength: 80 }))
      .map(([head, tail]) => Buffer.concat([head.subarray(0, 12), tail]))
    fc.assert(fc.property(bytes, fc.boolean(), checkReply), { numRuns: 3000 })
  })

  test('a valid request', () => {
    fc.assert(fc.property(request, fc.boolean(), checkReply), { numRuns: 2000 })
  })

  test('a valid request with some bytes changed, or truncated', () => {
    const changed = fc
      .tuple(request, fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 4 }), fc.nat(700))
      .map(([bytes, changes, length]) => {
        const copy = Uint8Array.from(bytes)
        for (const [at, value] of changes) copy[at % copy.length] = value
        return length < 100 ? copy.slice(0, length) : copy
      })
    fc.assert(fc.property(changed, fc.boolean(), checkReply), { numRuns: 5000 })
  })

  test('the chain does not reject random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const client = {
          protocol: 'udp',
          remoteAddress: '192.0.2.1',
          remotePort: 1,
          localAddress: '192.0.2.2',
          localPort: 53,
        } as const
        const { reply } = await fixed.path().resolve(bytes, client)
        expect(reply?.length).toBeGreaterThanOrEqual(12)
      }),
      { numRuns: 500 },
    )
  })
})

const port: fc.Arbitrary<ServicePort> = fc.record({
  name: fc.constantFrom('', 'http', 'dns', 'grpc'),
  protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
  port: fc.constantFrom(1, 53, 80, 8080, 65535),
})
const ports = fc.array(port, { maxLength: 4 })
const v4 = fc.tuple(fc.nat(2), fc.nat(30)).map(([a, b]) => `10.0.${a}.${b}`)
const v6 = fc.constantFrom('fd00::', 'fd00::1', 'fd00::2', 'fd00:0:0:1::', 'fd00::1:0:0:5', '::')

function sliceOf(namespace: string, service: string, index: number): fc.Arbitrary<EndpointSlice> {
  return fc.constantFrom<'IPv4' | 'IPv6'>('IPv4', 'IPv6').chain((addressType) =>
    fc.record({
      namespace: fc.constant(namespace),
      name: fc.constant(`${service}-${index}`),
      service: fc.constant(service),
      cluster: fc.constantFrom('c1', 'c2', 'C3', '', 'eu.west', '_c'),
      addressType: fc.constant(addressType),
      ports,
      endpoints: fc.array(
        fc.record({
          addresses: fc.array(addressType === 'IPv4' ? v4 : v6, { minLength: 1, maxLength: 3 }),
          hostname: fc.constantFrom('', '', 'web-0', 'web-1', 'x'.repeat(63)),
          podName: fc.constant(''),
          zone: fc.constant(''),
        }),
        { maxLength: 5 },
      ),
    }),
  )
}

function viewOf(namespace: string, name: string): fc.Arbitrary<ImportedService> {
  return fc.record({
    service: fc.record({
      namespace: fc.constant(namespace),
      name: fc.constant(name),
      type: fc.constantFrom<'ClusterSetIP' | 'Headless'>('ClusterSetIP', 'Headless'),
      ips: fc.array(fc.oneof(v4, v6), { maxLength: 3 }),
      ports,
    }),
    slices: fc
      .tuple(...[0, 1, 2].map((i) => fc.option(sliceOf(namespace, name, i))))
      .map((list) => list.filter((one) => one !== null)),
  })
}

const content: fc.Arbitrary<StoreContent> = fc
  .tuple(viewOf('n', 'a'), viewOf('n', 'b'), viewOf('m', 'a'))
  .map((views) => ({ views, namespaces: ['n', 'm', 'empty'] }))

/** All names of the objects, and some other names. */
function namesOf({ views }: StoreContent): string[] {
  const services = views.flatMap(({ service: serviceImport, slices }) => {
    const service = `${serviceImport.name}.${serviceImport.namespace}.svc.`
    const all = [serviceImport, ...slices].flatMap((one) => one.ports)
    const prefixes = all.map(({ name, protocol }) => `_${name || 'none'}._${protocol}.`)
    const hosts = slices.flatMap(({ cluster, endpoints }) =>
      endpoints.flatMap(({ addresses, hostname }) => {
        const dashed = addresses.map((text) => text.replace(/[.:]/g, '-').replace(/-$/, '-0'))
        const labels = cluster === '' ? '' : `${cluster}.`
        return [hostname, ...dashed]
          .filter((host) => host !== '')
          .map((host) => `${host}.${labels}`)
      }),
    )
    const odd = ['c1.', 'web-0.', '_tcp.', '_http._tcp.web-0.c1.', 'x.y.']
    return ['', ...prefixes, ...hosts, ...odd].map((prefix) => `${prefix}${service}`)
  })
  const other = ['', 'svc.', 'pod.', 'n.svc.', 'empty.svc.', 'none.svc.', 'ns.dns.', 'dns.', 'foo.']
  return [...new Set([...services, ...other, 'dns-version.'])]
}

function setsOf(message: Message) {
  // This server writes targets and their owners in lower case, and the question as received.
  const lines = (records: Message['answers']) =>
    records.map(({ text }) => text.toLowerCase()).sort()
  const { rcode, flags, question } = message
  return {
    rcode,
    flags: flags.text,
    question,
    answers: lines(message.answers),
    authority: lines(message.authority),
    additional: lines(message.additional),
  }
}

const TYPES = [1, 2, 6, 16, 28, 33, 252, 255]

describe('the packet path', () => {
  test('answers for random objects like the slow reference, in as many bytes', () => {
    const options = fc.record({
      ttl: fc.constantFrom(0, 5, 3600),
      endpoints: fc.boolean(),
      upper: fc.boolean(),
    })
    fc.assert(
      fc.property(content, options, (objectsOf, { ttl, endpoints, upper }) => {
        const localAddresses = ['192.0.2.53', 'fd00:53::1', '192.0.2.54']
        const line = endpoints ? '' : 'noendpoints'
        const harness = createHarness({
          corefile: corefile(ttl, line),
          content: objectsOf,
          localAddresses,
          serial: 77,
        })
        const zone: ReferenceZone = {
          zone: ZONE,
          ttl,
          endpoints,
          serial: 77,
          localAddresses,
          content: objectsOf,
        }
        for (const relative of namesOf(objectsOf)) {
          const name = upper ? `${relative}${ZONE}`.toUpperCase() : `${relative}${ZONE}`
          for (const type of TYPES) {
            const expected = encodeMessage(referenceAnswer(zone, { id: 7, name, type }), 65535)
            const query = encodeQuery({ id: 7, name, type })
            const whole = harness.answer(query, true) as Uint8Array
            expect(setsOf(decodeMessage(whole))).toEqual(setsOf(decodeMessage(expected)))
            // The names of the SOA use pointers to the zone only, even if the question contains more of them.
            const shared = relative === 'ns.dns.' ? 7 : relative === 'dns.' ? 4 : 0
            const spare = decodeMessage(whole).authority.length > 0 ? shared : 0
            expect(whole.length).toBe(expected.length + spare)
            const cut = harness.answer(query) as Uint8Array
            expect(decodeMessage(cut).flags.tc).toBe(whole.length > 512)
            if (whole.length <= 512) expect(cut).toEqual(whole)
            checkOtherDecoders(cut)
          }
        }
      }),
      { numRuns: 15 },
    )
  }, 60_000)
})

/** Two other decoders find the same records. */
function checkOtherDecoders(reply: Uint8Array): void {
  const { counts, answers } = decodeMessage(reply)
  const packet = decode(Buffer.from(reply))
  const parsed = dns2.Packet.parse(Buffer.from(reply))
  const sections = [packet.questions, packet.answers, packet.authorities, packet.additionals]
  expect(sections.map((list) => list?.length ?? 0)).toEqual(counts)
  expect(packet.answers?.map(({ name }) => `${name}.`)).toEqual(answers.map(({ name }) => name))
  const theirs = [parsed.questions, parsed.answers, parsed.authorities, parsed.additionals]
  expect(theirs.map((list) => list.length)).toEqual(counts)
  expect(parsed.answers.map(({ name }) => `${name}.`)).toEqual(answers.map(({ name }) => name))
}
