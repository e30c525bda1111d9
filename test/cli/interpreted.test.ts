// Which command lines leave code uncompiled: those that `parseFlags` reads as `-transport single`.
import { expect, test } from 'vitest'
import { parseFlags } from '../../src/cli/flags.ts'
import { isInterpreted } from '../../src/cli/interpreted.ts'

test.each([
  [[], false],
  [['-transport', 'single'], true],
  [['--transport', 'single'], true],
  [['-transport=single'], true],
  [['--transport=single', '-quiet'], true],
  [['-conf', 'x', '-transport', 'single', '-p', '5300'], true],
  [['-transport', 'dgram'], false],
  [['-transport=auto'], false],
  [['-transport', 'single', '-transport', 'mmsg'], false],
  [['-transport=dgram', '--transport=single'], true],
  [['-conf', 'single'], false],
] as const)('%j: %s', (args, expected) => {
  expect(isInterpreted(args)).toBe(expected)
  expect(parseFlags(args).transport === 'single').toBe(expected)
})
