// `metadata` in the Corefile, and the labels that other plugins read. The setup's vectors are those of coredns
// plugin/metadata/setup_test.go.
import { describe, expect, test } from 'vitest'
import { Request } from '../../../src/dns/request.ts'
import { loadConfig } from '../../../src/plugins/load.ts'
import { metadataRuntime } from '../../../src/plugins/metadata/runtime.ts'
import type { Labels, Link } from '../../../src/plugins/runtime.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'

function zonesOf(lines: string) {
  const { blocks } = loadConfig({
    file: 'Corefile',
    text: `example.org {\n${lines}\n}\n`,
    port: 53,
    env: {},
    files: fakeFiles(),
    cwd: '/DIR',
  })
  return blocks[0]!.directives[0]
}

describe('upstream', () => {
  test.each([
    ['metadata', ['example.org.']],
    ['metadata example.com.', ['example.com.']],
    ['metadata example.com. net.', ['example.com.', 'net.']],
  ])('%s', (lines, zones) => {
    expect(zonesOf(lines)).toMatchObject({ zones })
  })

  const wrong = 'Wrong argument count or unexpected line ending after'
  test.each([
    [
      'metadata example.com. {\nsome_param\n}',
      `Corefile:3 - Error during parsing: ${wrong} 'some_param'`,
    ],
    ['metadata\nmetadata', `Corefile:3 - Error during parsing: ${wrong} 'metadata'`],
  ])('%j is refused', (lines, message) => {
    expect(() => zonesOf(lines)).toThrow(`plugin/metadata: ${message}`)
  })
})

function requestFor(name: string): Request {
  const request = new Request()
  const query = encodeQuery({ name, type: 'A' })
  request.parse(query, 0, query.length)
  return request
}

describe('labels', () => {
  const one = (name: string, value: string | undefined): Labels => ({
    label: (asked) => (asked === name ? () => value : undefined),
  })
  const links = new Map<string, Link>([
    ['none', {}],
    ['a', { labels: one('a/x', 'first') }],
    ['b', { labels: one('b/empty', '') }],
    ['c', { labels: one('c/absent', undefined) }],
    ['d', { labels: { ...one('d/reply', 'late'), areForAllNames: true } }],
  ])
  const link = metadataRuntime({ plugin: 'metadata', zones: ['example.org.'] }, runtimeContext())
  link.connect?.(new Map([...links, ['metadata', link]]))
  const readLabel = (label: string, name: string) =>
    link.labels!.label(label)?.({ request: requestFor(name), upstream: '' })

  test.each([
    ['a/x', 'www.example.org', 'first'],
    ['a/x', 'example.org', 'first'],
    ['a/x', 'example.net', undefined],
    ['b/empty', 'www.example.org', ''],
    ['c/absent', 'www.example.org', undefined],
    ['d/reply', 'www.example.org', 'late'],
    ['d/reply', 'example.net', 'late'],
    ['a/unknown', 'www.example.org', undefined],
  ])('%s of %s', (label, name, value) => {
    expect(readLabel(label, name)).toBe(value)
  })
})
