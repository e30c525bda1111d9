// Which answers follow from the objects of a slot.
import { expect, test } from 'vitest'
import { expectedOf, KINDS, objectsOf, reverseOf } from './slots.ts'
import { upstreamAnswer } from './upstream-answer.ts'

test.each([
  ['service', 1, 0, 'service-1.soak-1.svc.cluster.local A', 'NOERROR 10.96.16.1'],
  ['service', 1, 1, 'service-1.soak-1.svc.cluster.local A', 'NXDOMAIN'],
  [
    'headless',
    2,
    1,
    'headless-2.soak-2.svc.cluster.local A',
    'NOERROR 10.128.1.2 10.132.1.2 10.136.1.2',
  ],
  ['headless', 2, 3, 'headless-2.soak-2.svc.cluster.local A', 'NXDOMAIN'],
  ['pod', 3, 0, '10-64-0-3.soak-3.pod.cluster.local A', 'NOERROR 10.64.0.3'],
  ['pod', 3, 1, '10-64-0-3.soak-3.pod.cluster.local A', 'NXDOMAIN'],
  ['pod', 3, 2, '10-64-1-3.soak-3.pod.cluster.local A', 'NOERROR 10.64.1.3'],
  ['import', 4, 2, 'import-4.soak-4.svc.clusterset.local A', 'NOERROR 10.72.2.4'],
  [
    'remote',
    5,
    0,
    'remote-5.soak-0.svc.clusterset.local A',
    'NOERROR 10.160.0.5 10.164.0.5 10.168.0.5',
  ],
] as const)('%s %i at version %i: %s is %s', (kind, index, version, asked, answer) => {
  const [first] = expectedOf({ kind, index }, version)
  expect(`${first!.name} ${first!.type}`).toBe(asked)
  expect(first!.answer).toBe(answer)
})

test('a Service has a PTR record', () => {
  expect(reverseOf({ kind: 'service', index: 1 })).toEqual({
    name: '1.16.96.10.in-addr.arpa',
    type: 'PTR',
    answer: 'NOERROR service-1.soak-1.svc.cluster.local.',
  })
})

test('no two slots share a name of an object or an address', () => {
  const seen = KINDS.flatMap((kind) =>
    [0, 1, 255, 256, 1023].flatMap((index) =>
      objectsOf({ kind, index }, 0).map((object) => `${object.kind} ${object.metadata.name}`),
    ),
  )
  expect(new Set(seen).size).toBe(seen.length)
})

test('an upstream answers each name with an address of its own', () => {
  expect(upstreamAnswer('a.upstream.test')).toMatch(/^NOERROR 198\.51\.\d+\.\d+$/)
  expect(upstreamAnswer('a.upstream.test')).not.toBe(upstreamAnswer('b.upstream.test'))
})
