// Snippets and imported files.
import type { Case } from './case.ts'

export const imports: readonly Case[] = [
  {
    name: 'an import of a snippet is replaced by its tokens',
    corefile: '(s) {\n log\n}\n. {\n import s\n whoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'a snippet must be defined before its use',
    corefile: '. {\n import s\n whoami\n}\n(s) {\n log\n}\n',
    error: 'Corefile:2 - Error during parsing: File to import not found: s',
  },
  {
    name: 'a second definition of a snippet is an error',
    corefile: '(s) {\n log\n}\n(s) {\n log\n}\n. {\n whoami\n}\n',
    error: 'Corefile:4 - Error during parsing: redeclaration of previously declared snippet s',
  },
  {
    name: 'a snippet needs a closing brace',
    corefile: '(s) {\n log\n',
    error: "Corefile:2 - Syntax error: Unexpected token 'log', expecting '}'",
  },
  {
    name: 'a snippet needs an opening brace',
    corefile: '(s)\nlog\n',
    error: "Corefile:2 - Syntax error: Unexpected token 'log', expecting '{'",
  },
  {
    name: 'a snippet that imports itself is an error',
    corefile: '(s) {\n import s\n}\n. {\n import s\n}\n',
    error: 'Corefile:3 - Error during parsing: maximum snippet import depth (10000) exceeded',
  },
  {
    name: 'snippets that import each other are an error',
    corefile: '(a) {\n import b\n}\n(b) {\n import a\n}\n. {\n import a\n}\n',
    error: 'Corefile:5 - Error during parsing: maximum snippet import depth (10000) exceeded',
  },
  {
    name: 'a snippet can import a snippet',
    corefile: '(a) {\n errors\n}\n(b) {\n import a\n log\n}\n. {\n import b\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'an empty snippet has no effect',
    corefile: '(s) {\n}\n. {\n import s\n whoami\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'a key in parentheses with another key is not a snippet',
    corefile: '(s) t {\n whoami\n}\n',
    zones: ['(s).:0', 't.:0'],
  },
  {
    name: 'an import without an argument is an error',
    corefile: '. {\n import\n}\n',
    error:
      "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'import'",
  },
  {
    name: 'an import of an empty name is an error',
    corefile: '. {\n import ""\n}\n',
    error: 'Corefile:2 - Error during parsing: Import requires a non-empty filepath',
  },
  {
    name: 'an import takes one argument',
    corefile: '. {\n import a b\n}\n',
    error:
      'Corefile:2 - Error during parsing: Import takes only one argument (glob pattern or file)',
  },
  {
    name: 'a missing file is an error',
    corefile: '. {\n import nope\n}\n',
    error: 'Corefile:2 - Error during parsing: File to import not found: nope',
  },
  {
    name: 'a pattern without matches is a warning',
    corefile: '. {\n import no*pe\n whoami\n}\n',
    zones: ['.:0'],
    warnings: ['No files matching import glob pattern: no*pe'],
  },
  {
    name: 'a pattern without matches among keys is a warning',
    corefile: 'import none/*.server\n. {\n whoami\n}\n',
    zones: ['.:0'],
    warnings: ['No files matching import glob pattern: none/*.server'],
  },
  {
    name: 'a pattern without matches after a comma is an error',
    corefile: 'a.org,\nimport none*\n',
    error: 'Corefile:0 - Error during parsing: Unexpected EOF',
  },
  {
    name: 'a pattern without matches at the end of an unterminated block is an error',
    corefile: '. {\n import none*',
    error: "Corefile:1 - Syntax error: Unexpected token '{', expecting '}'",
  },
  {
    name: 'a pattern with two stars is an error',
    corefile: '. {\n import x*.y*\n}\n',
    error:
      'Corefile:2 - Error during parsing: Glob pattern may only contain one wildcard (*), but has others: /DIR/x*.y*',
  },
  {
    name: 'a pattern with a character class is an error',
    corefile: '. {\n import [ab]\n}\n',
    error:
      'Corefile:2 - Error during parsing: Glob pattern may only contain one wildcard (*), but has others: /DIR/[ab]',
  },
  {
    name: 'a pattern with an unterminated character class is an error',
    corefile: '. {\n import a[b\n}\n',
    error:
      'Corefile:2 - Error during parsing: Failed to use import pattern a[b: syntax error in pattern',
  },
  {
    name: 'a question mark matches one character',
    corefile: '. {\n import p?.txt\n}\n',
    files: { 'p1.txt': 'whoami\n', 'p2.txt': 'log\n' },
    zones: ['.:0'],
  },
  {
    name: 'an import of a file is replaced by its tokens',
    corefile: '. {\n import part\n}\n',
    files: { part: 'whoami\nlog\n' },
    zones: ['.:0'],
  },
  {
    name: 'a file can contain server blocks',
    corefile: 'import custom/*.server\n. {\n whoami\n}\n',
    files: {
      'custom/a.server': 'a.org {\n whoami\n}\n',
      'custom/b.server': 'b.org {\n whoami\n}\n',
    },
    zones: ['.:0', 'a.org.:0', 'b.org.:0'],
  },
  {
    name: 'a path is relative to the importing file',
    corefile: '. {\n import d/one\n}\n',
    files: { 'd/one': 'import two\n', 'd/two': 'whoami\n' },
    zones: ['.:0'],
  },
  {
    name: 'a folder cannot be imported',
    corefile: '. {\n import d\n}\n',
    files: { 'd/x': '' },
    error: 'Corefile:2 - Error during parsing: Could not import /DIR/d: is a directory',
  },
  {
    name: 'a folder with a final slash cannot be imported',
    corefile: '. {\n import d/\n}\n',
    files: { 'd/x': '' },
    error: 'Corefile:2 - Error during parsing: Could not import /DIR/d: is a directory',
  },
  {
    name: 'a file that imports itself is an error',
    corefile: '. {\n import self\n}\n',
    files: { self: 'import self\n' },
    error: '/DIR/self:1 - Error during parsing: maximum file import depth (10000) exceeded',
  },
  {
    name: 'an error in an imported file has its absolute path',
    corefile: '. {\n import part\n}\n',
    files: { part: '\nfoo\n' },
    error: "/DIR/part:2 - Error during parsing: Unknown directive 'foo'",
  },
  {
    name: 'a plugin error in an imported file has its absolute path',
    corefile: '. {\n import part\n}\n',
    files: { part: '\nwhoami x\n' },
    error:
      "plugin/whoami: /DIR/part:2 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'an import in a nested block is replaced',
    corefile: '. {\n errors {\n  import part\n }\n}\n',
    files: { part: 'stacktrace\n' },
    zones: ['.:0'],
  },
  {
    name: '`import` as an argument is an ordinary word',
    corefile: '. {\n errors import\n}\n',
    error: 'plugin/errors: Corefile:2 - Error during parsing: invalid log file: import',
  },
  {
    name: 'the argument of an import can be a variable',
    corefile: '. {\n import {$PART}\n}\n',
    files: { part: 'whoami\n' },
    env: { PART: 'part' },
    zones: ['.:0'],
  },
  {
    name: 'hidden files match a star',
    corefile: '. {\n import d/*\n}\n',
    files: { 'd/.x': 'whoami\n' },
    zones: ['.:0'],
  },
]
