// Blocks, keys, directives, comments and quotes.
import type { Case } from './case.ts'

export const grammar: readonly Case[] = [
  {
    name: 'a block without braces is the rest of the file',
    corefile: '.:0\nerrors\nwhoami\n',
    zones: ['.:0'],
  },
  {
    name: 'an opening brace can be on the line after the keys',
    corefile: '.:0\n{\nwhoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'a block on one line is an error',
    corefile: '. { whoami }',
    error: "Corefile:1 - Error during parsing: Unexpected '}' because no matching opening brace",
  },
  {
    name: 'a missing final brace is a syntax error at the last token',
    corefile: '. {\n whoami',
    error: "Corefile:2 - Syntax error: Unexpected token 'whoami', expecting '}'",
  },
  {
    name: 'the brace of a nested block can close the server block at the end of the file',
    corefile: '. {\n errors {\n  stacktrace\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'a block without its closing brace includes the next one',
    corefile: '. {\n errors {\n  stacktrace\n}\nb.org {\n whoami\n}\n',
    error: "Corefile:5 - Error during parsing: Unknown directive 'b.org'",
  },
  {
    name: 'an unknown directive is an error',
    corefile: '. {\n foo\n}',
    error: "Corefile:2 - Error during parsing: Unknown directive 'foo'",
  },
  {
    name: 'a directive name is case-sensitive',
    corefile: '. {\n Whoami\n}',
    error: "Corefile:2 - Error during parsing: Unknown directive 'Whoami'",
  },
  {
    name: 'a brace is part of a word that touches it',
    corefile: '. {\n errors{\n }\n}',
    error: "Corefile:2 - Error during parsing: Unknown directive 'errors{'",
  },
  {
    name: 'keys are separated by a comma and a space',
    corefile: 'a.org, b.org {\n whoami\n}\n',
    zones: ['a.org.:0', 'b.org.:0'],
  },
  {
    name: 'a comma lets the next key be on the next line',
    corefile: 'a.org,\nb.org {\n whoami\n}\n',
    zones: ['a.org.:0', 'b.org.:0'],
  },
  {
    name: 'keys are separated by white space',
    corefile: 'a.org b.org {\n whoami\n}\n',
    zones: ['a.org.:0', 'b.org.:0'],
  },
  {
    name: 'a comma before the brace is an error',
    corefile: 'a.org, {\n}',
    error:
      "Corefile:1 - Error during parsing: Expected another address but had '{' - check for extra comma",
  },
  {
    name: 'a comma at the end of the file is an error',
    corefile: 'a.org,',
    error: 'Corefile:1 - Error during parsing: Unexpected EOF',
  },
  {
    name: 'a comma without a space is part of the name',
    corefile: 'a.org,b.org {\n whoami\n}\n',
    zones: ['a.org,b.org.:0'],
  },
  { name: 'keys alone are a block without directives', corefile: 'a.org', zones: ['a.org.:0'] },
  { name: 'a file without blocks is the built-in block', corefile: '', zones: ['.:0'] },
  {
    name: 'a file of comments is the built-in block',
    corefile: '# nothing\n  # here\n',
    zones: ['.:0'],
  },
  {
    name: 'a block without keys is checked and ignored',
    corefile: '{\n whoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'a block without keys is checked',
    corefile: '{\n foo\n}\n',
    error: "Corefile:2 - Error during parsing: Unknown directive 'foo'",
  },
  {
    name: 'a stray brace after a block becomes a key',
    corefile: '. {\n whoami\n}\n}\n',
    zones: ['.:0', '}.:0'],
  },
  {
    name: 'a stray brace and the words after it become keys',
    corefile: '. {\n whoami\n}\n}\nb.org {\n whoami\n}\n',
    error: "Corefile:5 - Error during parsing: Unknown directive 'b.org'",
  },
  {
    name: 'an unterminated nested block is an error',
    corefile: '. {\n errors {\n  stacktrace\n',
    error: 'Corefile:3 - Error during parsing: Unexpected EOF',
  },
  {
    name: 'a nested block cannot open on the next line',
    corefile: '. {\n errors\n {\n  stacktrace\n }\n}\n',
    error: 'plugin/errors: this plugin can only be used once per Server Block',
  },
  {
    name: 'two directives on a line are arguments',
    corefile: '. {\n whoami log\n}\n',
    error:
      "plugin/whoami: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'log'",
  },
  {
    name: 'a comment ends at the end of its line',
    corefile: '. { # all\n whoami # me\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'a comment inside a word ends with the word',
    corefile: '. {\n errors#x stdout\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'carriage returns are ignored',
    corefile: '. {\r\n whoami\r\n}\r\n',
    zones: ['.:0'],
  },
  { name: 'a byte order mark is dropped', corefile: '\ufeff. {\n whoami\n}\n', zones: ['.:0'] },
  {
    name: 'a quoted word can contain spaces',
    corefile: '. {\n log . "{remote} {name}"\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'a quote inside a word is a character',
    corefile: '. {\n errors std"out"\n}\n',
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: std"out"',
  },
  { name: 'a quoted brace is a brace', corefile: '. "{"\n whoami\n}\n', zones: ['.:0'] },
  {
    name: 'an empty quoted argument is an argument',
    corefile: '. {\n errors ""\n}\n',
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: ',
  },
  {
    name: 'a backslash does not continue a line',
    corefile: '. {\n whoami \\\n log\n}\n',
    error:
      "plugin/whoami: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '\\'",
  },
  {
    name: 'a quoted newline counts as a line',
    corefile: '. {\n log . "{name}\n{type}" {\n  klass\n }\n}\n',
    error: "plugin/log: Corefile:4 - Error during parsing: unknown property 'klass'",
  },
  {
    name: 'an unterminated quote extends to the end of the file',
    corefile: '. {\n log . "{name}\n}\n',
    error: "Corefile:2 - Syntax error: Unexpected token '{name}\n}\n', expecting '}'",
  },
  {
    name: 'a nested block on one line is a list of arguments',
    corefile: '. {\n health { lameduck 5s }\n}\n',
    error:
      "plugin/health: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '}'",
  },
]
