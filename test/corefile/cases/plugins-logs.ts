// The arguments of `errors` and `log`.
import type { Case } from './case.ts'

export const logPlugins: readonly Case[] = [
  { name: 'errors stdout', corefile: '. {\n errors stdout\n}\n', zones: ['.:0'] },
  {
    name: 'errors with a file',
    corefile: '. {\n errors log\n}\n',
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: log',
  },
  {
    name: 'errors with two arguments',
    corefile: '. {\n errors a b\n}\n',
    error:
      "plugin/errors: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'b'",
  },
  {
    name: 'errors twice',
    corefile: '. {\n errors\n errors\n}\n',
    error: 'plugin/errors: this plugin can only be used once per Server Block',
  },
  {
    name: 'errors with an unknown field',
    corefile: '. {\n errors {\n  foo\n }\n}\n',
    error:
      "plugin/errors: Corefile:3 - Syntax error: Unexpected token 'foo', expecting 'Unknown field foo'",
  },
  {
    name: 'errors consolidate',
    corefile: `. {
 errors {
  consolidate 5m "^a.*b$" warning show_first
  consolidate 30s x
 }
}
`,
    zones: ['.:0'],
  },
  {
    name: 'errors consolidate without a pattern',
    corefile: '. {\n errors {\n  consolidate 5m\n }\n}\n',
    error:
      "plugin/errors: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after '5m'",
  },
  {
    name: 'errors consolidate with a bad duration',
    corefile: '. {\n errors {\n  consolidate 5 x\n }\n}\n',
    error: 'plugin/errors: Corefile:3 - Error during parsing: time: missing unit in duration "5"',
  },
  {
    name: 'errors consolidate with an unknown unit',
    corefile: '. {\n errors {\n  consolidate 5d x\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: time: unknown unit "d" in duration "5d"',
  },
  {
    name: 'errors consolidate with a word',
    corefile: '. {\n errors {\n  consolidate x y\n }\n}\n',
    error: 'plugin/errors: Corefile:3 - Error during parsing: time: invalid duration "x"',
  },
  {
    name: 'errors consolidate with an open group',
    corefile: '. {\n errors {\n  consolidate 1s (a\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: missing closing ): `(a`',
  },
  {
    name: 'errors consolidate with a closed group',
    corefile: '. {\n errors {\n  consolidate 1s a)\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: unexpected ): `a)`',
  },
  {
    name: 'errors consolidate with an open class',
    corefile: '. {\n errors {\n  consolidate 1s x[a\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: missing closing ]: `[a`',
  },
  {
    name: 'errors consolidate with a lone star',
    corefile: '. {\n errors {\n  consolidate 1s *\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: missing argument to repetition operator: `*`',
  },
  {
    name: 'errors consolidate with a lookahead',
    corefile: '. {\n errors {\n  consolidate 1s a(?=b)\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
  },
  {
    name: 'errors consolidate with a lookbehind',
    corefile: '. {\n errors {\n  consolidate 1s (?<!a)b\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid named capture: `(?<!a)b`',
  },
  {
    name: 'errors consolidate with a back reference',
    corefile: '. {\n errors {\n  consolidate 1s (a)\\1\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid escape sequence: `\\1`',
  },
  {
    name: 'errors consolidate with flags and a named group',
    corefile: '. {\n errors {\n  consolidate 1s (?i)(?P<x>a)\\.\\-\\pL\\z\n }\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'errors consolidate with an unknown escape',
    corefile: '. {\n errors {\n  consolidate 1s a\\q\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid escape sequence: `\\q`',
  },
  {
    name: 'errors consolidate with a backslash at the end',
    corefile: '. {\n errors {\n  consolidate 1s a\\\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: trailing backslash at end of expression: ``',
  },
  {
    name: 'errors consolidate with two repetitions',
    corefile: '. {\n errors {\n  consolidate 1s a**\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid nested repetition operator: `**`',
  },
  {
    name: 'errors consolidate with a large count',
    corefile: '. {\n errors {\n  consolidate 1s a{1001}\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid repeat count: `{1001}`',
  },
  {
    name: 'errors consolidate with counts that multiply',
    corefile: '. {\n errors {\n  consolidate 1s (?:a{40}){40}\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid repeat count: `{40}`',
  },
  {
    name: 'errors consolidate with an unknown class',
    corefile: '. {\n errors {\n  consolidate 1s [[:foo:]]\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid character class range: `[:foo:]`',
  },
  {
    name: 'errors consolidate with an unknown property',
    corefile: '. {\n errors {\n  consolidate 1s \\p{Foo}\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid character class range: `\\p{Foo}`',
  },
  {
    name: 'errors consolidate with a range backwards',
    corefile: '. {\n errors {\n  consolidate 1s [b-a]\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid character class range: `b-a`',
  },
  {
    name: 'errors consolidate with a bad name',
    corefile: '. {\n errors {\n  consolidate 1s (?P<a-b>c)\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid named capture: `(?P<a-b>`',
  },
  {
    name: 'errors consolidate with a bad flag',
    corefile: '. {\n errors {\n  consolidate 1s (?x)a\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: error parsing regexp: invalid or unsupported Perl syntax: `(?x`',
  },
  {
    name: 'errors consolidate with syntax that only Go has',
    corefile: '. {\n errors {\n  consolidate 1s ^(?U)a+(?i)b{[[:alpha:]]\\Q*\\E\\x{e9}\\z\n }\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'errors consolidate with an unknown option',
    corefile: '. {\n errors {\n  consolidate 1s a fatal\n }\n}\n',
    error: 'plugin/errors: Corefile:3 - Error during parsing: unknown option in consolidate: fatal',
  },
  {
    name: 'errors consolidate with two levels',
    corefile: '. {\n errors {\n  consolidate 1s a info debug\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: multiple log levels specified in consolidate',
  },
  {
    name: 'errors consolidate with the level last',
    corefile: '. {\n errors {\n  consolidate 1s a show_first info\n }\n}\n',
    error:
      'plugin/errors: Corefile:3 - Error during parsing: log level must come before show_first in consolidate',
  },
  {
    name: 'errors consolidate with too many',
    corefile: '. {\n errors {\n  consolidate 1s a info show_first x\n }\n}\n',
    error:
      "plugin/errors: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  { name: 'log', corefile: '. {\n log\n}\n', zones: ['.:0'] },
  {
    name: 'log with names, a format and classes',
    corefile: '. {\n log a.org b.org "{combined} x" {\n  class denial error\n }\n log\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'log with a bad class',
    corefile: '. {\n log {\n  class foo\n }\n}\n',
    error: 'plugin/log: invalid Class: foo',
  },
  {
    name: 'log with no class',
    corefile: '. {\n log {\n  class\n }\n}\n',
    error:
      "plugin/log: Corefile:3 - Error during parsing: Wrong argument count or unexpected line ending after 'class'",
  },
  {
    name: 'log with an unknown property',
    corefile: '. {\n log {\n  klass all\n }\n}\n',
    error: "plugin/log: Corefile:3 - Error during parsing: unknown property 'klass'",
  },
]
