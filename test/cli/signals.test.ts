// npm passes on a SIGINT that the terminal has sent to the program, too.
import { expect, test } from 'vitest'
import { copiesOfNpm } from '../../src/cli/signals.ts'

test.each<[string, string | undefined, readonly number[], readonly number[]]>([
  ['of one Ctrl-C in npm start, the first', 'start', [0, 3], [0]],
  ['of one Ctrl-C in npm run cli, the first', 'cli', [0, 3], [0]],
  ['of one Ctrl-C in npx, the first', 'npx', [0, 3], [0]],
  ['of two Ctrl-C, the first of each', 'start', [0, 3, 900, 905], [0, 900]],
  ['all in another script', 'test', [0, 3], [0, 3]],
  ['all without npm', undefined, [0, 3], [0, 3]],
])('SIGINT counts: %s', (_, script, times, counted) => {
  const isCopy = copiesOfNpm(script)
  expect(times.filter((time) => !isCopy(time))).toEqual(counted)
})
