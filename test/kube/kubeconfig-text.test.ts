// A kubeconfig text, as a Secret of the hub holds one: it must be complete, must not name local files or programs, and
// error messages must not quote it.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveKubeconfigText } from '../../src/kube/kubeconfig.ts'
import type { UnsafeFeature } from '../../src/kube/unsafe-fields.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-text-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Each test starts one or two processes. */
const slow = { timeout: 30_000 }

const base64 = (text: string) => Buffer.from(text).toString('base64')

const resolveText = (text: string, allow: readonly UnsafeFeature[] = []) => {
  const env = { PATH: process.env.PATH }
  const spec = { text, from: 'Secret ns/west', allow }
  return resolveKubeconfigText(spec, env, new AbortController().signal)
}

/** A kubeconfig with one context, as JSON. */
const config = (user: object, cluster: object = {}) =>
  JSON.stringify({
    'current-context': 'west',
    clusters: [{ name: 'west', cluster: { server: 'https://west.example.com:6443', ...cluster } }],
    users: [{ name: 'fleet', user }],
    contexts: [{ name: 'west', context: { cluster: 'west', user: 'fleet' } }],
  })

describe('a kubeconfig text resolves', slow, () => {
  test('a token and a CA', async () => {
    const text = config({ token: 'secret' }, { 'certificate-authority-data': base64('CA') })
    expect(await resolveText(text)).toEqual({
      server: 'https://west.example.com:6443',
      insecure: false,
      headers: {},
      ca: { data: 'CA', from: 'certificate-authority-data of Secret ns/west' },
      token: { data: 'secret', from: 'Secret ns/west' },
      hashes: new Map(),
    })
  })

  test('user name and password of the server URL, as basic authorization', async () => {
    const text = config({}, { server: 'https://me:TOPSECRET@west.example.com:6443/' })
    expect(await resolveText(text)).toEqual({
      server: 'https://west.example.com:6443',
      insecure: false,
      headers: { authorization: `Basic ${base64('me:TOPSECRET')}` },
      hashes: new Map(),
    })
  })

  test('a client certificate and its key', async () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') }
    expect(await resolveText(config(user))).toMatchObject({
      cert: { data: 'CERT', from: 'client-certificate-data of Secret ns/west' },
      key: { data: 'KEY', from: 'client-key-data of Secret ns/west' },
    })
  })
})

describe(
  'a kubeconfig text with an external field is rejected by the name of the field',
  slow,
  () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'true' }
    test.each<[string, object, object?]>([
      ['exec', { exec }],
      ['auth-provider', { 'auth-provider': { name: 'oidc' } }],
      ['certificate-authority', {}, { 'certificate-authority': '/etc/ca.crt' }],
      ['client-certificate', { 'client-certificate': '/etc/tls.crt' }],
      ['client-key', { 'client-key': '/etc/tls.key' }],
      ['tokenFile', { tokenFile: '/etc/token' }],
      ['token-file', { 'token-file': '/etc/hostname' }],
      ['token-file', { 'token-file': '/there/is/no/such/file' }],
      ['client-key, tokenFile', { token: 'x', 'client-key': '/etc/tls.key', tokenFile: '/token' }],
    ])('%s', async (names, user, cluster) => {
      await expect(resolveText(config(user, cluster))).rejects.toThrow(
        `kubeconfig Secret ns/west: ${names}: this kubeconfig must not name files or run programs`,
      )
    })

    test('exec, also in a user that is not selected', async () => {
      const marker = join(folder, 'it-was-run')
      const other = { name: 'other', user: { exec: { ...exec, command: 'touch', args: [marker] } } }
      const text = config({ token: 'x' }).replace('"users":[', `"users":[${JSON.stringify(other)},`)
      await expect(resolveText(text)).rejects.toThrow('exec: this kubeconfig must not')
      await expect(stat(marker)).rejects.toThrow('ENOENT')
    })
  },
)

describe('a kubeconfig text with an unsafe feature', slow, () => {
  const http = { server: 'http://west.example.com:8080' }
  const insecure = { 'insecure-skip-tls-verify': true }
  const extra = { 'as-user-extra': { reason: ['x'] } }
  test.each<[string, object, object, UnsafeFeature]>([
    ['server without https', {}, http, 'http'],
    ['insecure-skip-tls-verify', {}, insecure, 'insecure-skip-tls-verify'],
    ['as', { as: 'system:admin' }, {}, 'impersonation'],
    ['as-uid', { 'as-uid': '7' }, {}, 'impersonation'],
    ['as-groups', { 'as-groups': ['system:masters'] }, {}, 'impersonation'],
    ['as-user-extra', extra, {}, 'impersonation'],
  ])('%s is rejected, unless it is allowed', async (field, user, cluster, feature) => {
    const text = config({ token: 'x', ...user }, cluster)
    await expect(resolveText(text)).rejects.toThrow(
      `kubeconfig Secret ns/west: ${field}: not allowed in a Secret; correct the kubeconfig, or set ` +
        `memberSecrets: {allow: [${feature}]} in the configuration of the fleet`,
    )
    expect(await resolveText(text, [feature])).toMatchObject({ token: { data: 'x' } })
  })

  test('is rejected with all of its fields and what is missing in the setting', async () => {
    const text = config({ token: 'x', as: 'a', 'as-groups': ['g'] }, { ...http, ...insecure })
    await expect(resolveText(text, ['http'])).rejects.toThrow(
      /: insecure-skip-tls-verify, as, as-groups: .*\{allow: \[http, insecure-skip-tls-verify, impersonation\]\}/,
    )
  })

  test('may use a proxy: behind https it sees no credentials', async () => {
    const text = config({ token: 'x' }, { 'proxy-url': 'http://user:pw@proxy:3128' })
    expect(await resolveText(text)).toMatchObject({ proxyUrl: 'http://user:pw@proxy:3128' })
  })
})

describe('an invalid kubeconfig text', slow, () => {
  test.each([
    ['broken YAML', 'users:\n- name: fleet\n  user: {token: TOPSECRET\ncontexts: [}'],
    ['a tab', 'users:\n- name: fleet\n  user:\n\ttoken: TOPSECRET\n'],
    ['a list', '- token: TOPSECRET'],
    ['a word', 'TOPSECRET'],
    ['users that are not a list', 'users: TOPSECRET'],
    ['a token that reads as an alias', 'users:\n- user: {token: *TOPSECRET}'],
    ['a token that reads as a tag', 'users:\n- user:\n    token: !TOPSECRET!x'],
    ['a token that reads as a block', 'users:\n- user:\n    token: |TOPSECRET'],
    ['a token in a place for a key', 'users:\n- user:\n    token: "x" TOPSECRET'],
    ['a URL with an invalid port', config({}, { server: 'https://me:TOPSECRET@west:x' })],
    ['a URL of another scheme', config({}, { server: 'ftp://me:TOPSECRET@west' })],
  ])('%s is rejected without quoting the text', async (_, text) => {
    const error = await resolveText(text).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(/^kubeconfig Secret ns\/west: /)
    expect((error as Error).message).not.toContain('TOPSECRET')
  })

  test('names the place and the kind of a mistake of its YAML', async () => {
    await expect(resolveText('users:\n- user:\n\ttoken: x\n')).rejects.toThrow(
      'kubeconfig Secret ns/west: it is not valid YAML: line 3, column 1: tab as indent',
    )
  })

  test('with a missing context is rejected with its name and the existing contexts', async () => {
    const text = config({ token: 'x' }).replace('"current-context":"west"', '"current-context":"w"')
    await expect(resolveText(text)).rejects.toThrow(
      'context "w" does not exist; its contexts are: west',
    )
  })
})
