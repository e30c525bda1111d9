// The blocks of counters, one for each set of labels.
import { expect, test } from 'vitest'
import { CounterBlocks, counterBlocks } from '../../src/plugins/counter-blocks.ts'
import type { Host } from '../../src/plugins/plugin.ts'

const labels = { server: 'dns://:53', zone: '.', plugin: 'whoami' }

test('a set of labels keeps its index across reloads', () => {
  const blocks = new CounterBlocks(4)
  expect(blocks.indexOf(labels)).toBe(0)
  expect(blocks.indexOf({ ...labels, zone: 'a.' })).toBe(1)
  expect(blocks.indexOf({ ...labels })).toBe(0)
  expect(blocks.labels).toEqual([labels, { ...labels, zone: 'a.' }])
})

test('no index is left when all blocks are in use', () => {
  const blocks = new CounterBlocks(1)
  expect(blocks.indexOf(labels)).toBe(0)
  expect(blocks.indexOf({ ...labels, zone: 'a.' })).toBe(-1)
  expect(blocks.indexOf(labels)).toBe(0)
})

test('the blocks are those of the process, also for the next configuration', () => {
  const blocksOf = counterBlocks<typeof labels>(4)
  const [one, other] = [{}, {}] as [Host, Host]
  expect(blocksOf(one)).toBe(blocksOf(one))
  expect(blocksOf(other)).not.toBe(blocksOf(one))
})
