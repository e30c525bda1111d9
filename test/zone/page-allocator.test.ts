// Pages of a slab: they never overlap, and memory is used again for pages of any size.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PageAllocator } from '../../src/zone/page-allocator.ts'

describe('pages', () => {
  test('property: do not overlap, are aligned to 8 bytes, and are counted', () => {
    const step = fc.record({
      words: fc.integer({ min: 1, max: 3000 }),
      free: fc.nat(),
      keep: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
        const allocator = new PageAllocator(1_000_000)
        const pages: { page: number; words: number }[] = []
        const owner = new Int32Array(1_000_000)
        for (const [i, { words, free, keep }] of steps.entries()) {
          const page = allocator.allocate(words)
          expect(page).toBeGreaterThan(0)
          expect(page % 2).toBe(0)
          expect(owner.subarray(page, page + words).every((one) => one === 0)).toBe(true)
          owner.fill(i + 1, page, page + words)
          pages.push({ page, words })
          if (keep) continue
          const [gone] = pages.splice(free % pages.length, 1)
          owner.fill(0, gone!.page, gone!.page + gone!.words)
          allocator.free(gone!.page, gone!.words)
        }
        const needed = pages.reduce((sum, { words }) => sum + words, 0)
        expect(allocator.usedWords).toBeGreaterThanOrEqual(needed)
        for (const { page, words } of pages) allocator.free(page, words)
        expect(allocator.usedWords).toBe(0)
        // All of it is one block again.
        const touched = allocator.touchedWords
        allocator.allocate(Math.floor((touched - 16) * 0.8))
        expect(allocator.touchedWords).toBe(touched)
      }),
    )
  })

  test('whoever changes the sizes of pages again and again does not touch more memory', () => {
    const allocator = new PageAllocator(2 ** 28)
    const sizes = Array.from({ length: 40 }, (_, i) => Math.round(200_000 * 0.93 ** i))
    const pages = Array.from({ length: 15 }, () => ({ page: 0, words: 0 }))
    for (const words of sizes) {
      for (const one of pages) {
        // As the table writer does: the new page first.
        const page = allocator.allocate(words)
        if (one.page !== 0) allocator.free(one.page, one.words)
        Object.assign(one, { page, words })
      }
    }
    // The first round needs 15 pages, and one more while a page is replaced.
    expect(allocator.touchedWords).toBeLessThan(1.5 * 16 * 200_000)
  })

  test('a slab that is full gives no page, and one again when a page is freed', () => {
    const allocator = new PageAllocator(16 + 1024)
    const page = allocator.allocate(1024)
    expect([page, allocator.allocate(16)]).toEqual([16, 0])
    allocator.free(page, 1024)
    expect(allocator.allocate(16)).toBe(16)
  })
})
