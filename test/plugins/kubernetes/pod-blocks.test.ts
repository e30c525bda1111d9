// The addresses of Pods in the table of a zone with `pods verified`.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PodBlocks } from '../../../src/plugins/kubernetes/pod-blocks.ts'
import { TableReader } from '../../../src/zone/table-reader.ts'
import { TableWriter } from '../../../src/zone/table-writer.ts'
import { hasVerifiedPod } from '../../support/verified-pod.ts'

function open(maxBytes = 2 ** 24) {
  const table = new TableWriter({ maxBytes })
  const reader = new TableReader(table.handle, 0)
  const pods = new Set<string>()
  const blocks = new PodBlocks(table, (key) => pods.has(key))
  /** Publishes what may have changed, as the publisher does: each block once. */
  const publish = (keys: Iterable<string>) => {
    const owners = new Set([...keys].map((key) => blocks.note(key)))
    return [...owners].map((owner) => owner !== undefined && blocks.publish(owner)).some(Boolean)
  }
  const has = (key: string) => {
    const [namespace = '', ip = ''] = key.split('/')
    return hasVerifiedPod(reader, namespace, ip)
  }
  return { table, pods, blocks, publish, has }
}

const ipv4 = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const ipv6 = (i: number) => `fd00:10:244:${(i >> 8).toString(16)}::${(i & 255).toString(16)}`

test('a Pod is found in its namespace only, and by its whole address', () => {
  const { pods, publish, has } = open()
  for (const key of ['a/10.0.0.1', 'b/10.0.0.2', 'a/fd00::1']) pods.add(key)
  expect(publish(pods)).toBe(true)
  expect(['a/10.0.0.1', 'b/10.0.0.2', 'a/fd00::1'].map(has)).toEqual([true, true, true])
  expect(['b/10.0.0.1', 'a/10.0.0.2', 'c/10.0.0.1', 'a/fd00::2', 'b/fd00::1'].map(has)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})

test('what does not change is not written', () => {
  const { pods, publish } = open()
  pods.add('a/10.0.0.1')
  expect([publish(pods), publish(pods), publish(['a/10.0.0.9'])]).toEqual([true, false, false])
})

test.each(['a/no address', '-/10.0.0.1/', `${'x'.repeat(64)}/10.0.0.1`])(
  '%s has no block',
  (key) => {
    expect(open().blocks.note(key)).toBeUndefined()
  },
)

test('a namespace without Pods leaves nothing in the table', () => {
  const { table, pods, publish, has } = open()
  for (let i = 0; i < 500; i++) pods.add(`a/${ipv4(i)}`).add(`b/${ipv6(i)}`)
  publish(pods)
  const gone = [...pods]
  pods.clear()
  publish(gone)
  expect([[...table.owners()], table.stats().entries]).toEqual([[], 0])
  // Its number is not that of another namespace.
  pods.add('c/10.0.0.1')
  publish(pods)
  expect(['a/10.0.0.1', 'b/10.0.0.1', 'c/10.0.0.1'].map(has)).toEqual([false, false, true])
})

test('what has no room is written once there is some', () => {
  const { table, pods, blocks, has } = open(1024)
  pods.add('a/10.0.0.1')
  table.replace('other', [
    {
      name: Uint8Array.of(1, 97),
      answers: [{ type: 1, bytes: new Uint8Array(900), answers: 1, additionals: 0, rrSize: 0 }],
    },
  ])
  const owner = blocks.note('a/10.0.0.1')!
  expect(() => blocks.publish(owner)).toThrow(/the answer table is full/)
  expect(has('a/10.0.0.1')).toBe(false)
  table.replace('other', [])
  expect([blocks.publish(owner), has('a/10.0.0.1')]).toEqual([true, true])
})

test('property: the table has the Pods that exist, whatever came and went', () => {
  const key = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 30 }), fc.boolean())
    .map(([namespace, i, six]) => `${namespace}/${six ? ipv6(i) : ipv4(i)}`)
  const step = fc.array(fc.tuple(key, fc.boolean()), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      const { pods, publish, has } = open(2 ** 20)
      const seen = new Set<string>()
      for (const changes of steps) {
        for (const [one, exists] of changes) {
          if (exists) pods.add(one)
          else pods.delete(one)
          seen.add(one)
        }
        publish(changes.map(([one]) => one))
        for (const one of seen) expect(has(one)).toBe(pods.has(one))
      }
    }),
    { numRuns: 50 },
  )
})

test.each([
  ['IPv4', ipv4, 10_000, 16],
  ['IPv4', ipv4, 100_000, 12],
  ['IPv6', ipv6, 100_000, 26],
] as const)('a Pod with %s of %s takes few bytes', (_family, ip, count, most) => {
  const { table, pods, publish } = open(2 ** 26)
  const before = table.stats()
  for (let i = 0; i < count; i++) pods.add(`ns-${i % 100}/${ip(i)}`)
  publish(pods)
  const after = table.stats()
  expect((after.usedBytes - before.usedBytes) / count).toBeLessThan(most)
  const all = [...pods]
  // Churn does not take more and more memory: each change writes a block again.
  for (let i = 0; i < 20_000; i++) {
    pods.delete(all[i % count]!)
    pods.add(`ns-${i % 100}/${ip(count + i)}`)
    publish([all[i % count]!, `ns-${i % 100}/${ip(count + i)}`])
  }
  expect((table.stats().reservedBytes - before.reservedBytes) / count).toBeLessThan(2 * most)
})
