import { describe, expect, test } from 'vitest'
import { questionKey, SingleFlight } from '../../../src/plugins/cache/single-flight.ts'
import type { QuerySpec } from '../../support/dns-encode.ts'
import { clientOf } from './cache-rig.ts'
import { requestOf } from './store/entries.ts'

const A: QuerySpec = { name: 'cached.org.', type: 'A' }

const keyOf = (spec: QuerySpec, protocol: 'udp' | 'tcp' = 'udp') =>
  questionKey({ request: requestOf(spec), client: clientOf(protocol) })

describe('questions', () => {
  test.each<[string, QuerySpec]>([
    ['case', { ...A, name: 'CACHED.org.' }],
    ['id', { ...A, id: 9 }],
  ])('of another %s are equal', (_, other) => {
    expect(keyOf(other)).toBe(keyOf(A))
  })

  test.each<[string, QuerySpec]>([
    ['name', { ...A, name: 'cached.net.' }],
    ['type', { ...A, type: 'AAAA' }],
    ['class', { ...A, class: 'CH' }],
    ['AD', { ...A, flags: { ad: true } }],
    ['CD', { ...A, flags: { cd: true } }],
    ['RD', { ...A, flags: { rd: false } }],
    ['EDNS', { ...A, edns: { size: 512 } }],
  ])('with another %s are not', (_, other) => {
    expect(keyOf(other)).not.toBe(keyOf(A))
  })

  test('of clients with another OPT size, DO or protocol are not', () => {
    const small = { ...A, edns: { size: 1232 } }
    const keys = [
      keyOf(small),
      keyOf({ ...A, edns: { size: 4096 } }),
      keyOf({ ...A, edns: { size: 1232, do: true } }),
      keyOf(small, 'tcp'),
    ]
    expect(new Set(keys).size).toBe(4)
  })
})

describe('a single flight', () => {
  test('runs once for all calls with its key until it ends', async () => {
    const flight = new SingleFlight<number>()
    const results = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
    let started = 0
    const start = () => results[started++]!.promise
    const waiting = [flight.run('a', start), flight.run('a', start)]
    expect(started).toBe(1)
    const other = flight.run('b', start)
    results[1]!.resolve(2)
    results[0]!.resolve(1)
    expect(await Promise.all([...waiting, other])).toEqual([1, 1, 2])
    expect(await flight.run('a', async () => 3)).toBe(3)
  })

  test('a rejection reaches all, and the next call starts again', async () => {
    const flight = new SingleFlight<number>()
    const fail = () => Promise.reject(new Error('gone'))
    const both = await Promise.allSettled([flight.run('a', fail), flight.run('a', fail)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await flight.run('a', async () => 1)).toBe(1)
  })
})
