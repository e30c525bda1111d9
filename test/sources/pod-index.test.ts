import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PodIndex } from '../../src/sources/pod-index.ts'

test('an address comes with its first Pod and goes with its last', () => {
  const pods = new PodIndex()
  expect(pods.set('ns/a', '10.0.0.1')).toEqual(['ns/10.0.0.1'])
  expect(pods.set('ns/b', '10.0.0.1')).toEqual([])
  expect(pods.set('ns/a', '10.0.0.1')).toEqual([])
  expect(pods.delete('ns/a')).toEqual([])
  expect(pods.has('ns/10.0.0.1')).toBe(true)
  expect(pods.delete('ns/b')).toEqual(['ns/10.0.0.1'])
  expect([pods.has('ns/10.0.0.1'), pods.size]).toEqual([false, 0])
})

test('the same address in two namespaces is two', () => {
  const pods = new PodIndex()
  pods.set('a/x', '10.0.0.1')
  expect(pods.set('b/x', '10.0.0.1')).toEqual(['b/10.0.0.1'])
  expect([...pods.addresses()]).toEqual(['a/10.0.0.1', 'b/10.0.0.1'])
  expect(pods.delete('a/x')).toEqual(['a/10.0.0.1'])
})

test('a Pod that changes its address leaves the old one', () => {
  const pods = new PodIndex()
  pods.set('ns/a', '10.0.0.1')
  expect(pods.set('ns/a', '10.0.0.2')).toEqual(['ns/10.0.0.1', 'ns/10.0.0.2'])
})

test('property: the reported changes are the difference of the addresses', () => {
  const step = fc.record({
    key: fc.constantFrom('a/p', 'a/q', 'a/r', 'b/p', 'b/q'),
    ip: fc.constantFrom('', '10.0.0.1', '255.0.0.2', 'fd00::1'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const pods = new PodIndex()
      const model = new Map<string, string>()
      for (const { key, ip } of steps) {
        const before = new Set(pods.addresses())
        const changed = ip === '' ? pods.delete(key) : pods.set(key, ip)
        if (ip === '') model.delete(key)
        else model.set(key, ip)
        const expected = new Set([...model].map(([one, its]) => `${one[0]}/${its}`))
        expect(new Set(pods.addresses())).toEqual(expected)
        expect([...changed].sort()).toEqual([...before.symmetricDifference(expected)].sort())
        expect([...pods.keys()].sort()).toEqual([...model.keys()].sort())
        expect(pods.size).toBe(model.size)
      }
    }),
  )
})
