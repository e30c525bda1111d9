// The vectors are those of coredns plugin/root/root_test.go, and what the folder changes.
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/plugins/load.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'

const DIR = '/etc/coredns'
const load = (lines: string) =>
  loadConfig({
    file: 'Corefile',
    text: `. {\n ${lines}\n}\n`,
    port: 53,
    env: {},
    files: {
      ...fakeFiles({ [`${DIR}/hosts`]: '', '/DIR/zones/hosts': '' }),
      kind(path) {
        if (path === '/root/secret') throw new Error('stat /root/secret: permission denied')
        return fakeFiles({ [`${DIR}/hosts`]: '', '/DIR/zones/hosts': '' }).kind(path)
      },
    },
    cwd: '/DIR',
    interfaces: {},
    parallelism: 1,
  })

test.each([
  [`root ${DIR}`, DIR, []],
  ['root zones', 'zones', []],
  ['root /a\n root /etc', '/etc', []],
  ['root /missing', '/missing', ['plugin/root: Root path does not exist: /missing']],
])('%s', (line, folder, warnings) => {
  const config = load(line)
  expect(config.blocks[0]!.settings.root).toBe(folder)
  expect(config.warnings).toEqual(warnings)
})

test.each([
  [
    'root',
    "plugin/root: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'root'",
  ],
  [
    'root /a /b',
    "plugin/root: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '/b'",
  ],
  [
    'root /root/secret',
    "plugin/root: Corefile:2 - Error during parsing: unable to access root path '/root/secret': " +
      'stat /root/secret: permission denied',
  ],
])('%s is refused', (line, message) => {
  expect(() => load(line)).toThrow(expect.objectContaining({ message }))
})

test.each([
  [`root ${DIR}\n hosts hosts`, 'hosts', { path: `${DIR}/hosts` }],
  ['root zones\n hosts ./hosts', 'hosts', { path: 'zones/hosts' }],
  [`root ${DIR}\n hosts /etc/hosts`, 'hosts', { path: '/etc/hosts' }],
  [`hosts hosts\n root ${DIR}`, 'hosts', { path: `${DIR}/hosts` }],
  ['hosts hosts', 'hosts', { path: 'hosts' }],
])('%s: the file of %s', (lines, plugin, expected) => {
  const directive = load(lines).blocks[0]!.directives.find((one) => one.plugin === plugin)
  expect(directive).toMatchObject(expected)
})

test('the zone file of file', () => {
  const directive = load(`root ${DIR}\n file db.a a`).blocks[0]!.directives.find(
    ({ plugin }) => plugin === 'file',
  )
  expect(JSON.stringify(directive)).toContain(JSON.stringify(`${DIR}/db.a`))
})

test('the files of tls in forward', () => {
  const lines = `root ${DIR}\n forward . tls://192.0.2.1 {\n  tls cert.pem /key.pem ca.pem\n }`
  const directive = load(lines).blocks[0]!.directives.find(({ plugin }) => plugin === 'forward')
  const tls = { cert: `${DIR}/cert.pem`, key: '/key.pem', ca: `${DIR}/ca.pem` }
  expect(JSON.stringify(directive)).toContain(JSON.stringify(tls))
})

test('another block has its own folder', () => {
  const config = loadConfig({
    file: 'Corefile',
    text: `a {\n root ${DIR}\n hosts hosts\n}\nb {\n hosts hosts\n}\n`,
    port: 53,
    env: {},
    files: fakeFiles(),
    cwd: '/DIR',
    interfaces: {},
    parallelism: 1,
  })
  expect(config.blocks.map(({ directives }) => directives.at(-1))).toMatchObject([
    { path: `${DIR}/hosts` },
    { path: 'hosts' },
  ])
})
