// What `loop` reads from a Corefile. The vectors are those of coredns plugin/loop/setup_test.go.
import { describe, expect, test } from 'vitest'
import { Dispenser } from '../../../src/corefile/dispenser.ts'
import { lex } from '../../../src/corefile/lexer.ts'
import { loop } from '../../../src/plugins/loop/setup.ts'

const setUp = (text: string, zones: readonly string[]) =>
  loop.setup({
    tokens: new Dispenser('Corefile', lex(text)),
    zones,
    interfaces: {},
    parallelism: 1,
    claims: new Map(),
    fileKind: () => 'missing',
    readFile: () => '',
    warn: () => {},
  })

describe('the zone', () => {
  test.each([
    [['example.org.'], 'example.org.'],
    [['a.org.', 'b.org.'], 'a.org.'],
    [[], '.'],
  ])('of %j is %s', (zones, zone) => {
    expect(setUp('loop', zones)).toEqual({ plugin: 'loop', zone })
  })
})

describe('an error is', () => {
  test.each([
    [
      'loop argument',
      "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after 'argument'",
    ],
    ['loop\nloop', 'this plugin can only be used once per Server Block'],
  ])('%j', (text, message) => {
    expect(() => setUp(text, ['.'])).toThrow(message)
  })
})
