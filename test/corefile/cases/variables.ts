// Environment variables.
import type { Case } from './case.ts'

export const variables: readonly Case[] = [
  {
    name: 'a variable in a key',
    corefile: '{$ZONE}:0 {\n whoami\n}\n',
    env: { ZONE: 'a.org' },
    zones: ['a.org.:0'],
  },
  {
    name: 'a variable in percent form',
    corefile: '{%ZONE%} {\n whoami\n}\n',
    env: { ZONE: 'a.org' },
    zones: ['a.org.:0'],
  },
  {
    name: 'a variable in a directive name',
    corefile: '. {\n {$NAME}\n}\n',
    env: { NAME: 'whoami' },
    zones: ['.:0'],
  },
  {
    name: 'a variable that names an unknown directive',
    corefile: '. {\n {$NAME}\n}\n',
    env: { NAME: 'foo' },
    error: "Corefile:2 - Error during parsing: Unknown directive 'foo'",
  },
  {
    name: 'an unset variable is empty',
    corefile: '. {\n errors {$NOPE_X}\n}\n',
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: ',
  },
  {
    name: 'a property of Object.prototype is not a variable',
    corefile: '. {\n errors {$constructor}{%toString%}\n}\n',
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: ',
  },
  {
    name: 'a variable inside a word',
    corefile: '. {\n errors std{$OUT}\n}\n',
    env: { OUT: 'out' },
    zones: ['.:0'],
  },
  {
    name: 'a variable with spaces is one argument',
    corefile: '. {\n errors {$OUT}\n}\n',
    env: { OUT: 'a b' },
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: a b',
  },
  {
    name: 'a variable in a variable',
    corefile: '. {\n errors {$A}\n}\n',
    env: { A: '{$B}', B: 'x' },
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: x',
  },
  {
    name: 'a reference without a name is not replaced',
    corefile: '. {\n errors {$}\n}\n',
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: {$}',
  },
  {
    name: 'an unterminated reference is not replaced',
    corefile: '. {\n errors {$A\n}\n',
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: {$A',
  },
]
