// The cursor over the tokens of a directive, and its errors.
import { expect, test } from 'vitest'
import { Dispenser } from '../../src/corefile/dispenser.ts'
import { lex } from '../../src/corefile/lexer.ts'

const dispenser = (text: string) => new Dispenser('Corefile', lex(text))

test('next crosses line ends, nextArg does not', () => {
  const tokens = dispenser('a b\nc')
  expect([tokens.next(), tokens.val()]).toEqual([true, 'a'])
  expect([tokens.nextArg(), tokens.val()]).toEqual([true, 'b'])
  expect([tokens.nextArg(), tokens.val()]).toEqual([false, 'b'])
  expect([tokens.next(), tokens.val()]).toEqual([true, 'c'])
  expect([tokens.next(), tokens.val()]).toEqual([false, 'c'])
})

test('arguments continue on the last line of an argument with a newline', () => {
  const tokens = dispenser('a "b\nc" d\ne')
  tokens.next()
  expect(tokens.remainingArgs()).toEqual(['b\nc', 'd'])
})

test('remainingArgs stops before a brace', () => {
  const tokens = dispenser('a b {')
  tokens.next()
  expect(tokens.remainingArgs()).toEqual(['b'])
  expect(tokens.val()).toBe('b')
})

test('nextBlock visits each option and stops after the closing brace', () => {
  const tokens = dispenser('a {\n x 1\n y\n}\nb')
  tokens.next()
  const seen: string[] = []
  while (tokens.nextBlock()) seen.push([tokens.val(), ...tokens.remainingArgs()].join('='))
  expect(seen).toEqual(['x=1', 'y'])
  expect([tokens.next(), tokens.val()]).toEqual([true, 'b'])
})

test.each([
  ['an empty block', 'a {\n}'],
  ['a block on the next line', 'a\n{\n x\n}'],
  ['no block', 'a b'],
  ['a brace at the end', 'a {'],
])('nextBlock has no option in %s', (_, text) => {
  const tokens = dispenser(text)
  tokens.next()
  expect(tokens.nextBlock()).toBe(false)
})

test('before the first token the line is 0', () => {
  const tokens = dispenser('a')
  expect(tokens.val()).toBe('')
  expect(tokens.errf('x')).toMatchObject({
    message: 'Corefile:0 - Error during parsing: x',
    column: 0,
  })
})

test('errors have the texts of CoreDNS and the position of the token', () => {
  const tokens = dispenser('a {')
  tokens.next()
  expect(tokens.argErr().message).toBe(
    "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after 'a'",
  )
  expect(tokens.syntaxErr('b').message).toBe(
    "Corefile:1 - Syntax error: Unexpected token 'a', expecting 'b'",
  )
  expect(tokens.plainErr('just so')).toMatchObject({ message: 'just so', line: 1, column: 1 })
  tokens.next()
  expect(tokens.argErr()).toMatchObject({
    message: "Corefile:1 - Error during parsing: Unexpected token '{', expecting argument",
    line: 1,
    column: 3,
  })
})
