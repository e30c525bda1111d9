// Compiled answers for random objects against a model that walks the objects for each question.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LocalService, ServicePort } from '../../../src/sources/objects.ts'
import { endpoint, service, slice } from '../../cases/cluster-objects.ts'
import { type ModelOptions, modelReply } from '../../support/cluster-model.ts'
import { clusterZones } from '../../support/cluster-zones.ts'

const v4 = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.1.1']
const v6 = ['fd00::1', 'fd00::2', 'fd00:1::']
const names = ['web', 'db', '10-0-0-1']

// The name of a port stands for one protocol, as the API server demands of the ports of a Service.
const port: fc.Arbitrary<ServicePort> = fc
  .tuple(
    fc.constantFrom(['http', 'tcp'], ['dns', 'udp'], ['', 'tcp'], ['', 'udp']),
    fc.constantFrom(80, 53, 8080),
  )
  .map(([[name = '', protocol = ''], number]) => ({ name, protocol, port: number }))
const ports = fc.array(port, { maxLength: 4 })
const endpoints = (addresses: readonly string[]) =>
  fc.array(
    fc
      .record({
        address: fc.constantFrom(...addresses),
        hostname: fc.constantFrom('', '', 'a', 'b'),
        podName: fc.constantFrom('', 'a', 'pod-1'),
      })
      .map(({ address, ...more }) => endpoint(address, more)),
    { maxLength: 4 },
  )
const slices = fc.array(fc.tuple(fc.oneof(endpoints(v4), endpoints(v6)), ports), { maxLength: 3 })
const view = fc
  .record({
    name: fc.constantFrom(...names),
    namespace: fc.constantFrom('ns1', 'ns2'),
    kind: fc.constantFrom<('ClusterIP' | 'Headless')[]>('ClusterIP', 'Headless'),
    ips: fc.constantFrom(['10.9.0.1'], ['10.9.0.1', 'fd09::1'], ['fd09::1']),
    ports,
    slices,
  })
  .map(({ name, namespace, kind, ips, ports, slices }): LocalService => {
    const key = `${namespace}/${name}`
    const list = slices.map(([found, declared], i) => slice(key, `s${i}`, found, declared))
    return service(key, { kind, ports, ips: kind === 'ClusterIP' ? ips : [] }, list)
  })
const objects = fc.uniqueArray(view, {
  maxLength: 4,
  selector: ({ service: { name, namespace } }) => `${namespace}/${name}`,
})
const flag = fc.boolean()
const options: fc.Arbitrary<ModelOptions> = fc.record({
  endpoints: fc.constantFrom(true, true, true, false),
  podNames: flag,
  ignoreEmpty: flag,
})

const left = [
  '',
  '_tcp.',
  '_udp.',
  '_http._tcp.',
  '_dns._udp.',
  'http.tcp.',
  '_http.udp.',
  'dns._tcp.',
  '_http._.',
  '_._.',
  '_._tcp.',
  'x.y.',
  'a.',
  'b.',
  'pod-1.',
  '10-0-0-1.',
  'fd00--1.',
  'fd00-1--0.',
  'none.',
  '_zone.',
  'x._http._tcp.',
  'x.a.',
]

test('compiled answers are those of the model', async () => {
  await fc.assert(
    fc.asyncProperty(objects, options, async (views, given) => {
      const zones = clusterZones({ views, namespaces: ['ns1', 'ns2'], options: given })
      for (const name of names) {
        for (const prefix of left) {
          for (const type of ['A', 'AAAA', 'SRV', 'TXT']) {
            const relative = `${prefix}${name}.ns1.svc`
            const lines = await zones.ask(`${relative}.cluster.local.`, type)
            const expected = modelReply(relative, type, views, given)
            expect({ relative, type, ...summary(lines, relative) }).toEqual({
              relative,
              type,
              ...expected,
            })
          }
        }
      }
    }),
    { numRuns: 40 },
  )
}, 60_000)

/** The lines of a reply as the model has them: without TTL, class and SOA. */
function summary(lines: readonly string[], relative: string) {
  const [rcode = '', ...records] = lines
  const owner = `${relative}.cluster.local.`
  const answers = records.filter((line) => line.startsWith(`${owner} `))
  const additionals = records.filter((line) => line.startsWith('additional '))
  // Each record is one of these, and a negative reply has a SOA.
  const soa = answers.length === 0 ? 1 : 0
  expect(answers.length + additionals.length + soa).toBe(records.length)
  return {
    rcode,
    answers: answers.map((line) => line.slice(owner.length + 1).replace('5 IN ', '')).sort(),
    additionals: additionals
      .map((line) => line.replace('additional ', '').replace('.cluster.local. 5 IN', ''))
      .sort(),
  }
}
