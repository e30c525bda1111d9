// The memory that one hostile object costs from its receipt to its answers, garbage included.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SEMI_SPACE = ['--min-semi-space-size=256', '--max-semi-space-size=256']
const script = fileURLToPath(new URL('../../support/publish-child.ts', import.meta.url))

test('a slice of 1,000 endpoints and 20,000 ports allocates 35 MB at most, for 3.7 MB of answers', () => {
  const output = execFileSync(process.execPath, [...SEMI_SPACE, script], { encoding: 'utf8' })
  const { allocated, published } = JSON.parse(output) as Record<'allocated' | 'published', number>
  expect(published).toBeGreaterThan(3_500_000)
  // 65 MB with an object for each port in each step, and a list of targets for each answer.
  expect(allocated).toBeLessThan(35_000_000)
  expect(allocated).toBeGreaterThan(published)
})
