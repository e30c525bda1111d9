// The report of Services that exceed the limits.
import { expect, test } from 'vitest'
import { LimitedServices } from '../../../src/plugins/multicluster/limited-services.ts'
import { DEFAULT_LIMITS } from '../../../src/plugins/multicluster/size-estimate.ts'
import { memoryLog } from '../../support/memory-log.ts'

const leftOut = { ports: 5, endpoints: 0, slices: 0, exceeded: ['ports'] } as const

function setUp() {
  const lines: string[] = []
  let now = 0
  const services = new LimitedServices({
    log: memoryLog(lines).log,
    now: () => now,
    zone: 'clusterset.local.',
    limits: DEFAULT_LIMITS,
  })
  return {
    lines,
    services,
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('a Service is one line that names the limit, the zone and what has no answers', () => {
  const { lines, services } = setUp()
  services.report('ns/web', { ports: 5, endpoints: 2, slices: 1, exceeded: ['endpoints', 'bytes'] })
  services.report('ns/web', leftOut)
  services.report('ns/other', undefined)
  expect(lines).toEqual([
    '[WARNING] service ns/web exceeds max_endpoints 10000 and max_bytes 4194304 in clusterset.local.: ' +
      '5 of its ports, 2 of its addresses, 1 of its EndpointSlices have no answers',
  ])
  expect(services.size).toBe(1)
})

test.each([
  ['ports', 'service ns/web exceeds max_ports 1000 in clusterset.local.: '],
  ['endpoints', 'service ns/web exceeds max_endpoints 10000 in clusterset.local.: '],
  ['bytes', 'service ns/web exceeds max_bytes 4194304 in clusterset.local.: '],
  [
    'namespaceBytes',
    'service ns/web exceeds what is left of max_namespace_bytes 67108864 in clusterset.local.: ',
  ],
] as const)('a Service that exceeds the limit `%s` has it in its line', (limit, text) => {
  const { lines, services } = setUp()
  services.report('ns/web', { ...leftOut, exceeded: [limit] })
  expect(lines).toEqual([`[WARNING] ${text}5 of its ports have no answers`])
})

test('a Service that is served in full again is not counted, and is reported anew', () => {
  const { lines, services } = setUp()
  services.report('ns/web', leftOut)
  services.report('ns/web', undefined)
  expect(services.size).toBe(0)
  services.report('ns/web', leftOut)
  expect([services.size, lines.length]).toEqual([1, 2])
})

test('a minute has at most 60 lines, and one that says so', () => {
  const { lines, services, pass } = setUp()
  for (let i = 0; i < 200; i++) services.report(`ns/s${i}`, leftOut)
  expect([services.size, lines.length]).toEqual([200, 61])
  expect(lines.at(-1)).toContain('more services exceed the limits')
  pass(60_000)
  services.report('ns/next', leftOut)
  expect(lines.length).toBe(62)
})
