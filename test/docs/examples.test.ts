// The examples of the documents: each command line of ours parses, each file that a command names exists, each Corefile
// loads and each manifest is one.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { spellings } from '../../src/cli/command.ts'
import { commandOf, commands } from '../../src/cli/commands.ts'
import { parseFleetConfig } from '../../src/fleet/config.ts'
import { configOf } from '../support/config.ts'

const pages = ['README.md', ...globSync('docs/{,reference/,runbooks/}*.md')].sort()

/** The fenced blocks of a page with their languages. */
function blocksOf(page: string) {
  const text = readFileSync(page, 'utf8')
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, language, block]) => ({
    language: language!,
    text: block!,
  }))
}

/** The command lines of the shell blocks of a page, with continued lines joined. */
const linesOf = (page: string) =>
  blocksOf(page)
    .filter(({ language }) => ['console', 'sh', ''].includes(language))
    .flatMap(({ text }) => text.replaceAll(/ *\\\n */g, ' ').split('\n'))
    .map((line) =>
      line
        .replace(/^\$ /, '')
        .replace(/ +#.*$/, '')
        .trim(),
    )

/** The words of our command line in a line of shell; undefined if it has none. */
function ownWords(line: string): string[] | undefined {
  const [, rest] =
    /^(?:kubectl .* exec \S+ -- clusterset-dns|clusterset-dns|npm run cli --|kubectl clusterset) (.*)$/.exec(
      line,
    ) ?? []
  return rest?.split(/ \|| [<>] /)[0]?.match(/"[^"]*"|\S+/g) ?? undefined
}

/** What is wrong with the words: an unknown command, or a flag that the command does not have. */
function faultsOf(words: readonly string[]): string[] {
  const command = words[0]!.startsWith('-') ? commands[0] : commandOf(words)
  if (command === undefined) return [`no command ${words[0]}`]
  const known = command.flags.flatMap((flag) => spellings(flag, command.dash))
  const flags = words.filter((word) => /^-/.test(word)).map((word) => word.split('=')[0]!)
  return flags.filter((flag) => !known.includes(flag)).map((flag) => `${words.join(' ')}: ${flag}`)
}

describe.each(pages)('%s', (page) => {
  test('its command lines have commands and flags that exist', () => {
    expect(linesOf(page).flatMap((line) => faultsOf(ownWords(line) ?? ['help']))).toEqual([])
  })

  test('its commands name files and folders that exist', () => {
    // In `kubectl exec deploy/NAME` it is a Deployment.
    const lines = linesOf(page).filter((line) => !/ (exec|port-forward) /.test(line))
    const paths = lines.flatMap((line) =>
      [...line.matchAll(/(?<![\w/.-])(deploy\/[\w./-]+)/g)].map(([, path]) => path!),
    )
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
  })

  test('its Corefiles load', () => {
    for (const { language, text } of blocksOf(page)) {
      if (language === 'corefile') expect(configOf(text).groups.length).toBeGreaterThan(0)
    }
  })

  test('its YAML parses, and its configurations of the fleet are valid', () => {
    for (const { language, text } of blocksOf(page)) {
      if (language !== 'yaml') continue
      for (const document of parseAllDocuments(text)) expect(document.errors).toEqual([])
      if (/^(members|hub):/m.test(text)) {
        expect(parseFleetConfig(page, text, '/').members.length).toBeGreaterThan(0)
      }
    }
  })
})

test('the documents have command lines of ours', () => {
  const own = pages.flatMap((page) =>
    linesOf(page).flatMap((line) => (ownWords(line) ? [line] : [])),
  )
  expect(own.length).toBeGreaterThan(20)
})
