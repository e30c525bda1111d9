// A list of kubeconfigs as $KUBECONFIG has it, by the rules of client-go.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { specName } from '../../src/kube/client-config.ts'
import { filesChanged } from '../../src/kube/credentials.ts'
import { resolveKubeconfig } from '../../src/kube/kubeconfig.ts'
import { mergeKubeconfigs } from '../../src/kube/merge-kubeconfigs.ts'

const user = (name: string, fields: object) => ({ name, user: fields })
const merge = (...configs: readonly object[]) =>
  mergeKubeconfigs(configs.map((fields, i) => ({ file: `/f${i}/config`, fields: { ...fields } })))

describe('mergeKubeconfigs', () => {
  test('the first file that has an entry gives all of it', () => {
    const first = { users: [user('a', { token: '1' })] }
    const second = { users: [user('a', { username: 'x', password: 'y' }), user('b', {})] }
    expect(merge(first, second)).toMatchObject({
      users: [user('a', { token: '1' }), user('b', {})],
    })
  })

  test.each([
    ['the first that is set', ['', 'b', 'c'], 'b'],
    ['none', ['', ''], undefined],
  ])('the current-context is %s', (_, contexts, wanted) => {
    const merged = merge(...contexts.map((one) => (one === '' ? {} : { 'current-context': one })))
    expect(merged['current-context']).toBe(wanted)
  })

  test.each([
    [
      'certificate-authority',
      { clusters: [{ name: 'c', cluster: { 'certificate-authority': 'x' } }] },
    ],
    ['client-certificate', { users: [user('a', { 'client-certificate': 'x' })] }],
    ['client-key', { users: [user('a', { 'client-key': 'x' })] }],
    ['tokenFile', { users: [user('a', { tokenFile: 'x' })] }],
  ])('%s is relative to its own file', (_, second) => {
    expect(JSON.stringify(merge({}, second))).toContain('"/f1/x"')
    expect(
      JSON.stringify(merge({}, JSON.parse(JSON.stringify(second).replace('"x"', '"/x"')))),
    ).toContain('"/x"')
  })

  test.each([
    ['./plugin', '/f1/plugin'],
    ['/bin/plugin', '/bin/plugin'],
    ['plugin', 'plugin'],
  ])('the exec command %s is %s', (command, wanted) => {
    expect(merge({}, { users: [user('a', { exec: { command, args: ['./x'] } })] })).toMatchObject({
      users: [user('a', { exec: { command: wanted, args: ['./x'] } })],
    })
  })

  test('what is no list of entries is left out', () => {
    expect(merge({ users: 'x', clusters: [1] }, {})).toEqual({
      clusters: [],
      users: [],
      contexts: [],
    })
  })
})

describe('resolveKubeconfig', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubeconfigs-'))
    await mkdir(join(folder, 'b'))
    const cluster = { server: 'https://b:1', 'certificate-authority': 'ca.pem' }
    const files = {
      a: { 'current-context': 'east', users: [user('u', { token: 'secret' })] },
      'b/config': {
        'current-context': 'west',
        clusters: [{ name: 'c', cluster }],
        users: [user('u', { token: 'other' })],
        contexts: [{ name: 'east', context: { cluster: 'c', user: 'u' } }],
      },
    }
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, name), JSON.stringify(content))
    }
    await writeFile(join(folder, 'empty'), '')
    await writeFile(join(folder, 'comments'), '# later\n')
    const half = { contexts: [{ name: 'half', context: { namespace: 'x' } }] }
    await writeFile(join(folder, 'half'), JSON.stringify(half))
    await writeFile(join(folder, 'broken'), '[')
  })
  afterAll(() => rm(folder, { recursive: true }))

  const spec = (...names: readonly string[]) => {
    const [file = '', ...more] = names.map((name) => join(folder, name))
    return { file, more }
  }
  const resolve = (...names: readonly string[]) =>
    resolveKubeconfig(spec(...names), process.env, new AbortController().signal)

  test('merges the files; one that is missing is left out until it comes', async () => {
    const config = await resolve('later', 'a', 'empty', 'comments', 'half', 'b/config')
    expect(config).toMatchObject({
      server: 'https://b:1',
      ca: { file: join(folder, 'b/ca.pem') },
      token: { data: 'secret' },
    })
    expect(await filesChanged(config.hashes)).toBe(false)
    await writeFile(join(folder, 'later'), '')
    expect(await filesChanged(config.hashes)).toBe(true)
  }, 30_000)

  test.each([
    ['no file', ['x', 'y'], /none of these kubeconfigs exists: .*x, .*y/],
    ['a file that is not YAML', ['a', 'broken'], /broken: it is not valid YAML/],
    ['a file that cannot be read', ['a', 'b'], /b cannot be read: EISDIR/],
  ])(
    '%s is an error that names it',
    async (_, names, wanted) => {
      await expect(resolve(...names)).rejects.toThrow(wanted)
    },
    30_000,
  )

  test('messages name the list as $KUBECONFIG does', () => {
    expect(specName({ kind: 'kubeconfig', file: '/a', more: ['/b'], context: 'east' })).toBe(
      'kubeconfig /a:/b context east',
    )
  })
})
