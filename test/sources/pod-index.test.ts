import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PodIndex } from '../../src/sources/pod-index.ts'

setFlagsFromString('--expose-gc')
/** Collects garbage. */
const gc = runInNewContext('gc') as () => void
/** The buffers that one collection finds are freed at the beginning of the next one. */
const collect = () => {
  for (let i = 0; i < 3; i++) gc()
}

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
  expect([...pods.addresses()].sort()).toEqual(['a/10.0.0.1', 'b/10.0.0.1'])
  expect(pods.delete('a/x')).toEqual(['a/10.0.0.1'])
})

test('a Pod that changes its address leaves the old one', () => {
  const pods = new PodIndex()
  pods.set('ns/a', '10.0.0.1')
  expect(pods.set('ns/a', '10.0.0.2')).toEqual(['ns/10.0.0.1', 'ns/10.0.0.2'])
})

test('property: the reported changes are the difference of the addresses', () => {
  const step = fc.record({
    key: fc.constantFrom(
      'a/p',
      'a/q',
      'a/r-1',
      'a/r-12',
      'a/r-123',
      'b/p',
      'b/q',
      'b/\u6d4b\u6d4b',
    ),
    ip: fc.constantFrom('', '10.0.0.1', '255.0.0.2', 'fd00::1', 'FD00::1', '0.0.0.0'),
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
        for (const address of expected) expect(pods.has(address)).toBe(true)
        for (const address of before.difference(expected)) expect(pods.has(address)).toBe(false)
      }
    }),
  )
})

/** Names and addresses as in a large cluster: `count` Pods from number `first` on. */
const many = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => {
    const number = first + i
    const ip =
      number % 3 === 0
        ? `fd00::${number.toString(16)}`
        : `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
    return [`ns-${number % 20}/web-${'x'.repeat(number % 7)}-${number}`, ip] as const
  })

test('ten thousand Pods are found, also after others came and went', () => {
  const pods = new PodIndex()
  let last = many(0, 10_000)
  for (const [key, ip] of last) pods.set(key, ip)
  for (let round = 1; round <= 3; round++) {
    const next = many(round * 10_000, 10_000)
    for (const [i, [key, ip]] of next.entries()) {
      pods.delete(last[i]![0])
      pods.set(key, ip)
    }
    for (const [key, ip] of last) expect(pods.has(`${key.split('/')[0]}/${ip}`)).toBe(false)
    last = next
  }
  expect([...pods.keys()].sort()).toEqual(last.map(([key]) => key).sort())
  for (const [key, ip] of last) expect(pods.has(`${key.split('/')[0]}/${ip}`)).toBe(true)
})

test('Pods that all have one address take no longer than others', () => {
  const pods = new PodIndex()
  const names = Array.from({ length: 20_000 }, (_, i) => `ns/p-${i}`)
  for (const name of names) pods.set(name, '10.0.0.1')
  const changes = names.flatMap((name) => pods.delete(name))
  expect(changes).toEqual(['ns/10.0.0.1'])
})

test('the memory of Pods that are gone is given back, and that of changing ones does not grow', () => {
  const pods = new PodIndex()
  const bytes = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const before = bytes()
  for (const [key, ip] of many(0, 10_000)) pods.set(key, ip)
  const full = bytes() - before
  for (let round = 0; round < 10; round++) {
    const [from, to] = [round * 10_000, (round + 1) * 10_000]
    const next = many(to, 10_000)
    for (const [i, [key]] of many(from, 10_000).entries()) {
      pods.delete(key)
      pods.set(...next[i]!)
    }
  }
  expect(bytes() - before).toBeLessThan(2 * full)
  for (const key of [...pods.keys()]) pods.delete(key)
  expect(bytes() - before).toBeLessThan(0.1 * full)
})

test('the Pods that were known when the reading of all began are read, whatever changes meanwhile', () => {
  const pods = new PodIndex()
  const known = many(0, 2000)
  for (const [key, ip] of known) pods.set(key, ip)
  const read = []
  for (const entry of pods.entries()) {
    if (read.push(entry) !== 1) continue
    for (const [key] of known) pods.delete(key)
    for (const [key, ip] of many(5000, 3000)) pods.set(key, ip)
  }
  expect(read.sort()).toEqual([...known].sort())
})
