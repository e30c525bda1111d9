// The server blocks of Corefiles from distributions, and properties of the parser for any text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CorefileError } from '../../src/corefile/error.ts'
import { corefileHash } from '../../src/corefile/hash.ts'
import { parseCorefile } from '../../src/corefile/parser.ts'
import { directives } from '../../src/plugins/directives.ts'
import { corefiles } from './cases/distributions.ts'
import { fakeFiles } from './fake-files.ts'

function parse(text: string, files: Readonly<Record<string, string>> = {}) {
  return parseCorefile({
    file: 'Corefile',
    text,
    env: { SELF: '{$SELF}', TWICE: '{$TWICE}{$TWICE}' },
    files: fakeFiles(files),
    cwd: '/DIR',
    directives,
  })
}

describe('Corefiles of distributions', () => {
  test.each(corefiles)('$name', ({ corefile, files, blocks, warnings = [] }) => {
    const parsed = parse(corefile, files)
    const blocksText = parsed.blocks.map(({ keys, directives: names }) => {
      return `${keys.map((key) => key.text).join(' ')}: ${[...names.keys()].join(' ')}`
    })
    expect(blocksText).toEqual(blocks)
    expect(parsed.warnings).toEqual(warnings)
  })
})

test('the tokens of a repeated directive are concatenated', () => {
  const [block] = parse('. {\n log a\n errors\n log b\n}\n').blocks
  expect(block?.directives.get('log')?.map(({ text, line }) => `${text}:${line}`)).toEqual([
    'log:2',
    'a:2',
    'log:4',
    'b:4',
  ])
})

test.each(['{$SELF}', 'x{$TWICE}'])('a variable that refers to itself is an error: %s', (key) => {
  expect(() => parse(`${key} {\n whoami\n}\n`)).toThrow('refer to each other in a loop')
})

test('an error has the position of its token', () => {
  const error = catchError(() => parse('. {\n whoami\n   foo\n}\n'))
  expect(error).toMatchObject({ code: 'COREFILE', file: 'Corefile', line: 3, column: 4 })
})

test('the hash changes with line numbers, not with spaces or comments', () => {
  const hash = (text: string) => corefileHash(parse(text).blocks)
  expect(hash('. {\n whoami\n}\n')).toBe(hash('.   {   # all\n   whoami\n}\n'))
  expect(hash('. {\n whoami\n}\n')).not.toBe(hash('. {\n\n whoami\n}\n'))
})

const piece = fc.constantFrom(
  ...['{', '}', ' ', '\n', '\n', ',', '#', '"', '\\', '.', 'a.org', '(s)', 'import', ' s', ' f*'],
  ...[' f', 'errors', 'log', 'whoami', '{$SELF}', '{$X}', '{%', '%}', '{$', '\r', '\t', ':53'],
)
const files = { '/DIR/f': 'log\n', '/DIR/f1': '}\n', '/DIR/f2': 'import s\nimport f1\n{' }

test('property: pieces of Corefiles parse or throw CorefileError', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const error = catchError(() => parse(pieces.join(''), files))
      if (error !== undefined) expect(error).toBeInstanceOf(CorefileError)
    }),
    { numRuns: 1000 },
  )
})

test('property: each token of a block is at its file, line and column', () => {
  const texts: Readonly<Record<string, string>> = files
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('').replaceAll(/[\r"\\]|\{[$%]/g, '')
      for (const { keys, directives: names } of parsedBlocks(text)) {
        for (const { file, line, column, text: token } of [
          ...keys,
          ...[...names.values()].flat(),
        ]) {
          const source = file === '' ? text : texts[file]
          expect(
            source
              ?.split('\n')
              [line - 1]?.slice(column - 1)
              .startsWith(token),
          ).toBe(true)
        }
      }
    }),
    { numRuns: 500 },
  )
})

function parsedBlocks(text: string): ReturnType<typeof parse>['blocks'] {
  try {
    return parse(text, files).blocks
  } catch {
    return []
  }
}

test('property: any text parses or throws CorefileError', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const error = catchError(() => parse(text))
      if (error !== undefined) expect(error).toBeInstanceOf(CorefileError)
    }),
  )
})

function catchError(run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}
