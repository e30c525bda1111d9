import { describe, expect, test } from 'vitest'
import { nearest } from '../src/spelling.ts'

const DIRECTIVES = ['cache', 'errors', 'forward', 'health', 'hosts', 'kubernetes', 'log', 'loop']

describe('the known word that is meant by', () => {
  test.each([
    ['cahce', 'cache', 'a swap'],
    ['forwrd', 'forward', 'a missing letter'],
    ['kuberntes', 'kubernetes', 'a missing letter'],
    ['errorss', 'errors', 'an added letter'],
    ['heatlh', 'health', 'a swap'],
    ['Forward', 'forward', 'another case'],
    ['looop', 'loop', 'an added letter'],
    ['lpg', 'log', 'a replaced letter'],
    ['forxxrd', 'forward', 'two replaced letters'],
  ])('%s is %s: %s', (word, meant) => {
    expect(nearest(word, DIRECTIVES)).toBe(meant)
  })

  test.each([
    ['', 'nothing'],
    ['foo', 'more edits than a third of the letters'],
    ['kubernetesxxx', 'three added letters'],
    ['proxy', 'no known word'],
  ])('"%s" is none: %s', (word) => {
    expect(nearest(word, DIRECTIVES)).toBeUndefined()
  })

  test('two words that are as near is the first one', () => {
    expect(nearest('ab1', ['abc', 'abd'])).toBe('abc')
  })
})
