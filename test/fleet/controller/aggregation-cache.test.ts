// What the cache of aggregated services keeps, and for how long.
import { expect, test } from 'vitest'
import { AggregationCache } from '../../../src/fleet/controller/aggregation-cache.ts'
import { type AggregatedService, aggregateExports } from '../../../src/fleet/merge/aggregate.ts'
import { endpoint } from '../fixtures.ts'

function service(key: string, ...unreachable: readonly string[]): AggregatedService {
  return { ...aggregateExports(key, []), unreachable: new Set(unreachable) }
}

test('a service is cached until it is invalidated', () => {
  const cache = new AggregationCache()
  const web = service('ns/web')
  cache.set('ns/web', web)
  cache.set('ns/api', service('ns/api'))
  expect(cache.get('ns/web')).toBe(web)
  cache.invalidate('ns/web')
  expect(cache.get('ns/web')).toBeUndefined()
  expect(cache.get('ns/api')?.name).toBe('api')
})

test('a frozen service stays frozen until it is aggregated again', () => {
  const cache = new AggregationCache()
  cache.set('ns/web', service('ns/web', 'c1', 'c2'))
  cache.set('ns/api', service('ns/api', 'c1'))
  cache.invalidate('ns/web')
  expect([cache.isFrozen('ns/web'), cache.isFrozen('ns/other')]).toEqual([true, false])
  expect([...cache.frozenServices()]).toEqual([
    ['c1', 2],
    ['c2', 1],
  ])
  cache.set('ns/web', service('ns/web'))
  expect(cache.isFrozen('ns/web')).toBe(false)
  expect([...cache.frozenServices()]).toEqual([['c1', 1]])
})

test('a reset removes all cached services, and the frozen ones that no longer exist', () => {
  const cache = new AggregationCache()
  for (const key of ['ns/web', 'ns/api']) cache.set(key, service(key, 'c1'))
  cache.reset(new Set(['ns/web']))
  expect([cache.get('ns/web'), cache.get('ns/api')]).toEqual([undefined, undefined])
  expect([cache.isFrozen('ns/web'), cache.isFrozen('ns/api')]).toEqual([true, false])
})

test('memory is bounded, and frozen services are counted beyond the bound', () => {
  const cache = new AggregationCache()
  for (let i = 0; i <= 500; i++) cache.set(`ns/${i}`, service(`ns/${i}`, 'c1'))
  expect(cache.get('ns/0')).toBeUndefined()
  expect(cache.get('ns/500')?.name).toBe('500')
  expect([...cache.frozenServices()]).toEqual([['c1', 501]])
})

test('memory is bounded by the ports and endpoints too, and exports over limits are counted beyond the bound', () => {
  const slice = { name: 'a', addressType: 'IPv4', ports: [], labels: {} }
  const endpoints = Array.from({ length: 5000 }, (_, i) => endpoint(`10.0.${i >> 8}.${i & 255}`))
  const large = {
    ...service('ns/web'),
    slices: new Map([['c1', [{ ...slice, endpoints }]]]),
    exceeded: new Map([['c1', new Set(['endpoints'] as const)]]),
  }
  const cache = new AggregationCache()
  for (let i = 0; i < 51; i++) cache.set(`ns/${i}`, large)
  expect([cache.get('ns/49'), cache.get('ns/50')]).toEqual([undefined, large])
  expect(cache.overLimit()).toEqual([{ cluster: 'c1', limit: 'endpoints', exports: 51 }])
  cache.reset(new Set(['ns/1', 'ns/2']))
  expect(cache.overLimit()).toEqual([{ cluster: 'c1', limit: 'endpoints', exports: 2 }])
})
