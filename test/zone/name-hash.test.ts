// The keyed hash of names, and the comparison of names.
import { describe, expect, test } from 'vitest'
import { hashName, sameBytes } from '../../src/zone/name-hash.ts'
import { nameWords } from '../support/find.ts'

describe('hashName', () => {
  // The vectors of Linux for HalfSipHash-1-3: lib/tests/siphash_kunit.c. Their input is the bytes 0, 1, 2 ...
  test.each([
    [0, 0x5814c896],
    [1, 0xe7e864ca],
    [2, 0xbc4b0e30],
    [3, 0x01539939],
    [4, 0x7e059ea6],
    [7, 0x9d38d9d6],
    [8, 0x577999b1],
    [63, 0x87178304],
  ])('of %i bytes is that of HalfSipHash-1-3', (length, hash) => {
    const bytes = Uint8Array.from({ length }, (_, i) => i)
    const words = nameWords(bytes)
    expect(hashName(words, 0, length, 0x03020100, 0x07060504) >>> 0).toBe(hash)
  })

  test('of a negative length ends at once', () => {
    expect(hashName(new Int32Array(1), 0, -9, 1, 2)).toEqual(expect.any(Number))
  })

  test('does not depend on the place of the name, nor on the bytes after it', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i)
    const words = new Int32Array(bytes.buffer)
    const name = new Int32Array(Uint8Array.of(4, 5, 6, 7, 8, 0xff, 0xff, 0xff).buffer)
    expect(hashName(words, 1, 5, 1, 2)).toBe(hashName(name, 0, 5, 1, 2))
  })
})

describe('sameBytes', () => {
  const words = (...bytes: number[]) => new Int32Array(Uint8Array.from(bytes).buffer)
  test.each([
    ['equal names', 6, [1, 2, 3, 4, 5, 6, 0, 0], [1, 2, 3, 4, 5, 6, 9, 9], true],
    ['names of whole words', 4, [1, 2, 3, 4], [1, 2, 3, 4], true],
    ['another first word', 6, [1, 2, 3, 4, 5, 6, 0, 0], [1, 2, 9, 4, 5, 6, 0, 0], false],
    ['another last byte', 6, [1, 2, 3, 4, 5, 6, 0, 0], [1, 2, 3, 4, 5, 9, 0, 0], false],
    ['nothing', 0, [1, 2, 3, 4], [5, 6, 7, 8], true],
  ])('%s', (_what, length, a, b, expected) => {
    expect(sameBytes(words(...a), 0, words(...b), 0, length)).toBe(expected)
    expect(sameBytes(words(0, 0, 0, 0, ...a), 1, words(...b), 0, length)).toBe(expected)
  })
})
