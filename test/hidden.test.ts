// Secrets in texts that people read.
import { describe, expect, test } from 'vitest'
import { hideSecrets, hideUserinfo } from '../src/hidden.ts'

describe('known secrets', () => {
  test.each<[string, string, readonly string[], string]>([
    ['are hidden wherever they stand', 'abcd and "abcd"', ['abcd'], '[hidden] and "[hidden]"'],
    [
      'are hidden whole when one is part of another',
      'user:pass1',
      ['pass1', 'user:pass1'],
      '[hidden]',
    ],
    ['are no patterns', 'a.c$& and abc$&', ['a.c$&'], '[hidden] and abc$&'],
    ['are left when they are shorter than 4 characters', 'abc', ['abc', ''], 'abc'],
  ])('%s', (_, text, secrets, shown) => {
    expect(hideSecrets(text, secrets)).toBe(shown)
  })
})

describe('user name and password of a URL', () => {
  test.each([
    ['are hidden', 'at https://me:secret@host:1/a', 'at https://[hidden]@host:1/a'],
    ['are hidden in a URL that is none', 'socks5://me:s/e@c?r#et@host', 'socks5://[hidden]@host'],
    ['are hidden in each URL', 'http://a@b http://c@d', 'http://[hidden]@b http://[hidden]@d'],
    ['are absent from other URLs', 'https://host:1/ and me@host', 'https://host:1/ and me@host'],
  ])('%s', (_, text, shown) => {
    expect(hideUserinfo(text)).toBe(shown)
  })

  test('are hidden whole when they are long', () => {
    expect(hideUserinfo(`http://${'a'.repeat(5000)}@b`)).toBe('http://[hidden]@b')
  })

  test('are looked for in linear time', { timeout: 20_000 }, () => {
    expect(hideUserinfo('://'.repeat(1_000_000))).toHaveLength(3_000_000)
  })
})
