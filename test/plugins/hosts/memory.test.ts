// The memory of a block list: bytes of a name, and how its index is made. `npm run bench -- hosts` measures a process.
import { expect, test } from 'vitest'
import { HostsLines } from '../../../src/plugins/hosts/hosts-lines.ts'
import { createMemory, memoryOf } from '../../../src/plugins/hosts/store/layout.ts'
import { MapBuilder } from '../../../src/plugins/hosts/store/map-builder.ts'

const NAMES = 50_000

/** A map of a block list, with names of 20 bytes. */
function blockList(address: (i: number) => string) {
  const builder = new MapBuilder(memoryOf(createMemory(2 ** 24)), 1, 2 ** 22)
  const lines = new HostsLines(({ name, length, address: words }) =>
    builder.add(name, length, words),
  )
  for (let i = 0; i < NAMES; i++) {
    lines.push(new TextEncoder().encode(`${address(i)} ads-${100_000 + i}.test.com\n`))
  }
  lines.end()
  let steps = 0
  for (const _ of builder.finish(true)) steps++
  return { bytes: (4 * builder.end) / NAMES, steps }
}

test('a name of a block list takes 36 bytes with its place in the index: a million, twice, is less than 100 MB', () => {
  expect(blockList(() => '0.0.0.0').bytes).toBeLessThan(36)
})

test('a name with an address of its own takes twice as much', () => {
  expect(blockList((i) => `10.0.${i >> 8}.${i & 255}`).bytes).toBeLessThan(82)
})

test('the index is made in steps of 256 names, between which the thread does other work', () => {
  expect(blockList(() => '0.0.0.0').steps).toBe(Math.floor(NAMES / 256))
})
