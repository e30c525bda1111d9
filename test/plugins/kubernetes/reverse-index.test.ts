// Which names the addresses have, while Services come, change and go.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressBytes } from '../../../src/dns/address.ts'
import { nameToText, nameToWire } from '../../../src/dns/name.ts'
import { ReverseIndex } from '../../../src/plugins/kubernetes/reverse-index.ts'
import { reverseKey } from '../../../src/plugins/kubernetes/reverse-key.ts'
import type { LocalService } from '../../../src/sources/objects.ts'
import { rrEnd } from '../../../src/zone/rr.ts'
import { endpoint, service, slice } from '../../cases/cluster-objects.ts'
import { steps } from '../../support/steps.ts'

const options = {
  primaryZone: nameToWire('cluster.local.')!,
  ttl: 5,
  endpoints: true,
  podNames: false,
}

function headless(key: string, ...endpoints: readonly string[]): LocalService {
  return service(key, { kind: 'Headless' }, [
    slice(
      key,
      'one',
      endpoints.filter((text) => !text.includes(':')).map((text) => endpoint(text)),
    ),
    slice(
      key,
      'six',
      endpoints.filter((text) => text.includes(':')).map((text) => endpoint(text)),
    ),
  ])
}

function vip(key: string, ...ips: readonly string[]): LocalService {
  return service(key, { ips })
}

/** Puts a Service in one go; returns the blocks and prefixes that changed. */
function put(index: ReverseIndex, key: string, view: LocalService | undefined): readonly string[] {
  return steps(index.put(key, view)).changed
}

/** The targets of all addresses of these blocks, without the zone, by the hex digits of their keys. */
function targetsOf(index: ReverseIndex, blocks: Iterable<string>): Record<string, string[]> {
  const all: Record<string, string[]> = {}
  for (const block of blocks) {
    for (const { name, answers } of steps(index.names(block))) {
      const key = Buffer.from(name).toString('hex')
      all[key] = []
      if (answers[0] === undefined) continue
      const { bytes, answers: count } = answers[0]
      const targets: string[] = []
      for (let at = 0; at < bytes.length; at = rrEnd(bytes, at)) {
        targets.push(nameToText(bytes, at + 12).replace('.svc.cluster.local.', ''))
      }
      expect(targets).toHaveLength(count)
      all[key] = targets
    }
  }
  return all
}

function keyOf(address: string): string {
  return Buffer.from(reverseKey(addressBytes(address)!)).toString('hex')
}

/** The targets of one address. */
function targets(index: ReverseIndex, address: string, block: string): string[] | undefined {
  return targetsOf(index, [block])[keyOf(address)]
}

describe('an address', () => {
  test('of several Services has the name of the first one by key, however they came', () => {
    const index = new ReverseIndex(options)
    put(index, 'ns/b', vip('ns/b', '10.0.0.1'))
    put(index, 'ns/a', vip('ns/a', '10.0.0.1'))
    expect(targets(index, '10.0.0.1', '10.0.0.0/24')).toEqual(['a.ns'])
    put(index, 'ns/a', undefined)
    expect(targets(index, '10.0.0.1', '10.0.0.0/24')).toEqual(['b.ns'])
  })

  test('of a Service and of endpoints has the name of the Service', () => {
    const index = new ReverseIndex(options)
    put(index, 'ns/a', headless('ns/a', '10.0.0.1'))
    put(index, 'ns/b', vip('ns/b', '10.0.0.1'))
    expect(targets(index, '10.0.0.1', '10.0.0.0/24')).toEqual(['b.ns'])
  })

  test('of endpoints has the names of all, sorted by Service', () => {
    const index = new ReverseIndex(options)
    put(index, 'ns/b', headless('ns/b', '10.0.0.1 web'))
    put(index, 'ns/a', headless('ns/a', '10.0.0.1'))
    expect(targets(index, '10.0.0.1', '10.0.0.0/24')).toEqual(['10-0-0-1.a.ns', 'web.b.ns'])
  })

  test('in two slices of a Service has one name', () => {
    const index = new ReverseIndex(options)
    put(index, 'ns/a', headless('ns/a', '10.0.0.1', '10.0.0.1'))
    expect(targets(index, '10.0.0.1', '10.0.0.0/24')).toEqual(['10-0-0-1.a.ns'])
  })

  test.each([
    ['fd00::', 'fd00::/120', 'fd00--0.a.ns'],
    ['fd00:0:0:0:0:0:0:1', 'fd00::/120', 'fd00-0-0-0-0-0-0-1.a.ns'],
    ['FD00::1', 'fd00::/120', 'fd00--1.a.ns'],
  ])('IPv6: %s in the block %s is %s, the name of the endpoint', (address, block, name) => {
    const index = new ReverseIndex(options)
    expect(put(index, 'ns/a', headless('ns/a', address))).toContain(block)
    expect(targets(index, address, block)).toEqual([name])
  })

  test('has at most 100 names', () => {
    const index = new ReverseIndex(options)
    for (let i = 0; i < 150; i++) put(index, `ns/s${i}`, headless(`ns/s${i}`, '10.0.0.1'))
    expect(targets(index, '10.0.0.1', '10.0.0.0/24')).toHaveLength(100)
  })

  test('of an endpoint whose name is too long has that of the Service', () => {
    const long = { ...options, primaryZone: nameToWire(`${'x'.repeat(60)}.`.repeat(3))! }
    const index = new ReverseIndex(long)
    put(index, 'ns/a', headless('ns/a', `10.0.0.1 ${'h'.repeat(63)}`))
    const { bytes } = steps(index.names('10.0.0.0/24'))[1]!.answers[0]!
    expect(nameToText(bytes, 12)).toMatch(/^a\.ns\.svc\./)
  })

  test('without endpoints, only Services have names', () => {
    const index = new ReverseIndex({ ...options, endpoints: false })
    expect(put(index, 'ns/a', headless('ns/a', '10.0.0.1'))).toEqual([])
    expect(put(index, 'ns/b', vip('ns/b', '10.0.0.1'))).toContain('10.0.0.0/24')
  })

  test('with endpoint_pod_names has the name of its Pod', () => {
    const index = new ReverseIndex({ ...options, podNames: true })
    const ofPod = endpoint('10.0.0.1', { podName: 'web-0' })
    put(index, 'ns/a', service('ns/a', { kind: 'Headless' }, [slice('ns/a', 'one', [ofPod])]))
    expect(targets(index, '10.0.0.1', '10.0.0.0/24')).toEqual(['web-0.a.ns'])
  })

  test('ExternalName Services have no addresses', () => {
    const index = new ReverseIndex(options)
    const external = { kind: 'ExternalName', externalName: 'example.org' } as const
    const slices = [slice('ns/a', 'one', [endpoint('10.0.0.1')])]
    expect(put(index, 'ns/a', service('ns/a', external, slices))).toEqual([])
  })
})

describe('a change', () => {
  test('touches only the blocks and prefixes whose names change', () => {
    const index = new ReverseIndex(options)
    const change = (...addresses: readonly string[]) =>
      put(index, 'ns/a', addresses.length === 0 ? undefined : headless('ns/a', ...addresses))
    expect(change('10.0.0.1', '10.0.1.1')).toEqual([
      '10.0.0.0/8',
      '10.0.0.0/16',
      '10.0.0.0/24',
      '10.0.1.0/24',
    ])
    expect(change('10.0.0.1', '10.0.1.2')).toEqual(['10.0.1.0/24'])
    expect(change('10.0.0.1', '10.1.0.1')).toEqual(['10.0.1.0/24', '10.1.0.0/16', '10.1.0.0/24'])
    expect(change('10.0.0.1')).toEqual(['10.1.0.0/24', '10.1.0.0/16'])
    expect(change('10.0.0.1')).toEqual([])
    expect(change()).toEqual(['10.0.0.0/24', '10.0.0.0/8', '10.0.0.0/16'])
    expect(change()).toEqual([])
    expect(steps(index.names('10.0.0.0/24'))).toEqual([])
    expect(index.size).toBe(0)
  })

  test('of the first IPv6 address concerns its block and 7 prefixes, of the second only its block', () => {
    const index = new ReverseIndex(options)
    const changed = put(index, 'ns/a', headless('ns/a', 'fd00:1:2:3::4:5'))
    expect(changed).toHaveLength(8)
    expect([changed[0], changed[1], changed[6], changed[7]]).toEqual([
      'f000::/4',
      'fd00::/8',
      'fd00:1:2:3::/64',
      'fd00:1:2:3::4:0/120',
    ])
    expect(put(index, 'ns/b', headless('ns/b', 'fd00:1:2:3::5:5'))).toEqual(['fd00:1:2:3::5:0/120'])
  })

  test('whatever the changes are, the names are those of an index that only had the last views', () => {
    const address = fc.constantFrom('10.0.0.1', '10.0.0.2 web', '10.0.1.1', 'fd00::1', 'fd00::1:1')
    const view = fc.tuple(fc.nat(3), fc.boolean(), fc.array(address, { maxLength: 4 }))
    fc.assert(
      fc.property(fc.array(view, { maxLength: 12 }), (changes) => {
        const index = new ReverseIndex(options)
        const last = new Map<string, LocalService>()
        const published: Record<string, Record<string, string[]>> = {}
        for (const [i, isVip, addresses] of changes) {
          const key = `ns/s${i}`
          const ips = addresses.map((text) => text.split(' ')[0]!)
          const next = isVip ? vip(key, ...ips) : headless(key, ...addresses)
          last.set(key, next)
          for (const block of put(index, key, next)) published[block] = targetsOf(index, [block])
        }
        const fresh = new ReverseIndex(options)
        const blocks = new Set([...last].flatMap(([key, one]) => put(fresh, key, one)))
        expect(Object.assign({}, ...Object.values(published))).toEqual(targetsOf(fresh, blocks))
        expect(index.size).toBe(fresh.size)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the limits', () => {
  /** `count` endpoints, each in a block of its own. */
  const spread = (key: string, count: number, of: 'IPv4' | 'IPv6') =>
    headless(
      key,
      ...Array.from({ length: count }, (_, i) =>
        of === 'IPv4' ? `10.${i >> 8}.${i & 255}.1` : `fd00:${i.toString(16)}::1`,
      ),
    )

  test.each([
    ['IPv4', 8192],
    ['IPv6', 2048],
  ] as const)('a Service has endpoints in so many %s blocks: %i', (family, most) => {
    const index = new ReverseIndex(options)
    expect(steps(index.put('ns/a', spread('ns/a', most, family))).leftOut).toBe(0)
    expect(steps(index.put('ns/a', spread('ns/a', most + 10, family))).leftOut).toBe(10)
    expect(index.size).toBe(most)
  })

  test('the Services of a namespace have endpoints in twice as many, and others are not affected', () => {
    const index = new ReverseIndex(options)
    const leftOut = (key: string) => steps(index.put(key, spread(key, 2048, 'IPv6'))).leftOut
    expect(['ns/a', 'ns/b', 'ns/c', 'other/a'].map(leftOut)).toEqual([0, 0, 2048, 0])
    put(index, 'ns/a', undefined)
    expect(leftOut('ns/c')).toBe(0)
    expect(leftOut('ns/c')).toBe(0)
    expect(leftOut('ns/a')).toBe(2048)
  })

  test('more addresses of the same blocks, and the addresses of Services, are free', () => {
    const index = new ReverseIndex(options)
    put(index, 'ns/a', spread('ns/a', 2048, 'IPv6'))
    put(index, 'ns/b', spread('ns/b', 2048, 'IPv6'))
    expect(put(index, 'ns/c', vip('ns/c', 'fd01::1'))).toContain('fd01::/120')
    const dense = Array.from({ length: 100 }, (_, i) => `fd00::${i.toString(16)}`)
    const index2 = new ReverseIndex(options)
    const more = headless('ns/a', ...dense)
    expect(steps(index2.put('ns/a', more))).toMatchObject({ leftOut: 0 })
    expect(index2.size).toBe(1)
  })

  test('the names of a block are made in steps of a few Services or one address', () => {
    const index = new ReverseIndex(options)
    const addresses = Array.from({ length: 200 }, (_, i) => `10.0.0.${i}`)
    for (let i = 0; i < 320; i++) put(index, `ns/s${i}`, headless(`ns/s${i}`, ...addresses))
    const running = index.names('10.0.0.0/24')
    let count = 0
    while (!running.next().done) count++
    expect(count).toBe(10 + 200)
  })

  test('names that change between the steps are those of the first step, and the block is told again', () => {
    const index = new ReverseIndex(options)
    put(index, 'ns/a', headless('ns/a', '10.0.0.1'))
    const running = index.names('10.0.0.0/24')
    running.next()
    expect(put(index, 'ns/a', undefined)).toContain('10.0.0.0/24')
    expect(steps(running)).toHaveLength(2)
    expect(steps(index.names('10.0.0.0/24'))).toEqual([])
  })

  test('a large Service is put in steps', () => {
    const index = new ReverseIndex(options)
    const running = index.put('ns/a', spread('ns/a', 5000, 'IPv4'))
    let count = 0
    while (!running.next().done) count++
    expect(count).toBeGreaterThan(30)
  })
})
