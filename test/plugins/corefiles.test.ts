// The Corefiles that clusters have (test/fixtures/corefiles): those whose directives are all supported load without a
// warning, and the others name what is missing, and nothing else.
import { describe, expect, test } from 'vitest'
import { corefileErrors, loadConfig } from '../../src/plugins/load.ts'
import { fakeFiles } from '../corefile/fake-files.ts'
import { corefileCorpus, corpusFiles, onLoopback } from '../support/corefile-corpus.ts'

/** What the next steps add; each step removes its lines. */
const LATER: Readonly<Record<string, readonly string[]>> = {}

const options = (text: string) => ({
  file: 'Corefile',
  text,
  port: 0,
  env: {},
  files: fakeFiles(
    Object.fromEntries(
      Object.entries(corpusFiles).map(([name, content]) => [`/DIR/${name}`, content]),
    ),
  ),
  cwd: '/DIR',
  interfaces: { lo: [{ address: '127.0.0.1', family: 'IPv4' }] },
  parallelism: 2,
})

const MISSING = /^plugin\/(\w+): .* is known to CoreDNS, not yet supported here$/

/** The directives that a Corefile is refused for, in alphabetical order; other errors as they are. */
function missingFrom(text: string): readonly string[] {
  const errors = corefileErrors(options(text)).map(
    ({ message }) => MISSING.exec(message)?.[1] ?? message,
  )
  return [...new Set(errors)].sort()
}

describe.each(corefileCorpus())('$name', ({ name, text }) => {
  const runnable = onLoopback(text)
  const missing = LATER[name] ?? []

  test(`is refused only for its missing directives: ${missing.join(' ') || 'none'}`, () => {
    expect(missingFrom(runnable)).toEqual(missing)
  })

  if (missing.length > 0) return
  test('loads without a warning', () => {
    // Installers write imports of files that a user may add.
    const { warnings } = loadConfig(options(runnable))
    expect(warnings.filter((one) => !one.startsWith('No files matching import'))).toEqual([])
  })
})

test('each missing directive is one of CoreDNS, and each file of LATER exists', () => {
  const names = corefileCorpus().map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(Object.keys(LATER)))
  for (const directive of new Set(Object.values(LATER).flat())) {
    expect(missingFrom(`. {\n ${directive}\n}\n`)).toEqual([directive])
  }
})
