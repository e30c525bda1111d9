import { expect, test } from 'vitest'
import { isWrong } from '../../src/kube/fields.ts'

test.each([
  [undefined, 'is missing'],
  ['A.b', 'is "A.b", not one DNS label'],
  [null, 'is null, not one DNS label'],
  [7, 'is 7, not one DNS label'],
])('the predicate about the wrong value %j is: %s', (value, text) => {
  expect(isWrong(value, 'one DNS label')).toBe(text)
})
