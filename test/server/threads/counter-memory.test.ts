// The counters of plugins in shared memory.
import { expect, test } from 'vitest'
import { CounterMemory } from '../../../src/server/threads/counter-memory.ts'

test('each thread and plugin has its own counters, which stay', () => {
  const memory = new CounterMemory()
  const first = memory.of(0, { a: 2, b: 1 })
  const second = memory.of(1, { a: 2 })
  new Float64Array(first.a!)[1] = 5
  new Float64Array(second.a!)[1] = 7
  expect(memory.of(0, { a: 2 }).a).toBe(first.a)
  expect(memory.all('a').map((counters) => [...counters])).toEqual([
    [0, 5],
    [0, 7],
  ])
  expect(memory.all('b').map((counters) => [...counters])).toEqual([[0]])
  expect(memory.all('c')).toEqual([])
})
