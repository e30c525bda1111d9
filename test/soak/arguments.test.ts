import { expect, test } from 'vitest'
import { readArguments } from './arguments.ts'

test.each([
  ['without arguments 90 minutes', [], 90],
  ['a number of hours', ['2'], 120],
  ['a part of an hour', ['.25'], 15],
  ['minutes', ['--minutes', '0.3'], 0.3],
  ['minutes behind =', ['--minutes=10'], 10],
])('%s', (_rule, args, minutes) => {
  expect(readArguments(args)).toEqual({ kind: 'run', minutes })
})

test.each([['-h'], ['--help']])('%s asks for help', (flag) => {
  expect(readArguments([flag])).toEqual({ kind: 'help' })
})

test.each([
  ['a word', ['long'], '"long" is no number of hours above 0 and up to 1000'],
  ['nothing', ['0'], '"0" is no number of hours'],
  ['too much', ['1001'], '"1001" is no number of hours'],
  ['two numbers', ['1', '2'], 'one number of hours, not 2'],
  ['hours and minutes', ['1', '--minutes', '2'], 'either HOURS or --minutes'],
  ['minutes without a number', ['--minutes', 'x'], '"x" is no number of minutes'],
  ['an unknown option', ['--seconds', '2'], "Unknown option '--seconds'"],
])('%s is an error', (_rule, args, message) => {
  const result = readArguments(args)
  expect(result).toMatchObject({ kind: 'error' })
  expect('message' in result && result.message).toContain(message)
})
