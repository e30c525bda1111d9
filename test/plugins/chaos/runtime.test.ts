// The vectors are those of coredns plugin/chaos/chaos_test.go, and the other names.
import { describe, expect, test } from 'vitest'
import { chaosRuntime } from '../../../src/plugins/chaos/runtime.ts'
import { linkBlock } from '../../../src/server/path/block-handlers.ts'
import { askChain } from '../../support/ask-link.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

const CONFIG = {
  plugin: 'chaos',
  version: 'CoreDNS-001',
  authors: ['Miek Gieben', 'Ada Lovelace'],
  hostname: 'pod-1',
} as const
const link = chaosRuntime(CONFIG, runtimeContext())

const ask = (name: string, type = 'TXT', klass = 'CH') => {
  return askChain(link, { name, type, class: klass })
}

describe('answers of class CH and type TXT', () => {
  test.each([
    ['version.bind', ['"CoreDNS-001"']],
    ['VERSION.bind', ['"CoreDNS-001"']],
    ['version.server', ['"CoreDNS-001"']],
    ['hostname.bind', ['"pod-1"']],
    ['id.server', ['"pod-1"']],
    ['authors.bind', ['"Ada Lovelace"', '"Miek Gieben"']],
  ])('%s', async (name, texts) => {
    const { rcode, flags, answers } = await ask(name)
    expect([rcode, flags.text]).toEqual(['NOERROR', 'qr rd'])
    expect(answers.map(({ text }) => text).sort()).toEqual(
      texts.map((text) => `${name}. 0 CH TXT ${text}`),
    )
  })

  test('authors are in any order', async () => {
    const first = new Set<string>()
    while (first.size < 2) first.add((await ask('authors.bind')).answers[0]!.data)
    expect(first.size).toBe(2)
  })
})

test.each([
  ['another type', 'authors.bind', 'SRV', 'CH'],
  ['another class', 'version.bind', 'TXT', 'IN'],
  ['another name', 'a.version.bind', 'TXT', 'CH'],
])('%s goes to the next plugin', async (_, name, type, klass) => {
  expect(await ask(name, type, klass)).toMatchObject({ rcode: 'REFUSED', answers: [] })
})

test('a block with chaos has a packet path for class IN', () => {
  const behind = { answer: () => 12 }
  expect(linkBlock([link, { answerer: behind }], {}, 'x').answerers).toEqual([behind])
})
