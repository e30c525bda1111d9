import { expect, test } from 'vitest'
import { isShortOfMemory } from '../../src/runtime/memory-room.ts'

test.each([
  ['a quarter of the limit is left', 400, 100, false],
  ['less than a quarter is left', 400, 99, true],
  ['there is no limit, which old kernels tell by the largest number', 2 ** 64, 1, false],
  ['there is no limit, and no cgroup', 0, 0, false],
])('%s', (_, limit, available, expected) => {
  const room = { constrainedMemory: () => limit, availableMemory: () => available }
  expect(isShortOfMemory(room)).toBe(expected)
})
