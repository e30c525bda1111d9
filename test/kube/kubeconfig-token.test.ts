// The token of a kubeconfig text is read and replaced; everything else stays.
import { expect, test } from 'vitest'
import { kubeconfigToken, withKubeconfigToken } from '../../src/kube/kubeconfig-token.ts'

const text = `# The kubeconfig of west.
apiVersion: v1
kind: Config
current-context: west
clusters:
- name: west
  cluster: {server: "https://west.example.com:6443", certificate-authority-data: ${'Q0E='.repeat(60)}}
users:
- {name: admin, user: {token: other}}
- name: fleet
  user:
    token: old # renewed by the fleet
contexts:
- {name: east, context: {cluster: west, user: admin}}
- {name: west, context: {cluster: west, user: fleet}}
`

test('the token of the current context is read', () => {
  expect(kubeconfigToken(text)).toBe('old')
})

test('only that token is replaced; comments, order and quotes stay', () => {
  expect(withKubeconfigToken(text, 'new')).toBe(text.replace('old', 'new'))
})

test('a kubeconfig in JSON stays JSON', () => {
  const json = JSON.stringify({
    'current-context': 'a',
    users: [{ name: 'u', user: { token: 'old' } }],
    contexts: [{ name: 'a', context: { cluster: 'c', user: 'u' } }],
  })
  expect(JSON.parse(withKubeconfigToken(json, 'a: "b')).users[0].user).toEqual({ token: 'a: "b' })
})

test.each([
  ['no context of the name', text.replace('current-context: west', 'current-context: no')],
  ['no user of the name', text.replace('user: fleet', 'user: no')],
  ['a certificate instead', text.replace('token: old', 'client-certificate-data: old')],
  ['a token that is no text', text.replace('token: old', 'token: [old]')],
  ['an empty token', text.replace('token: old', "token: ''")],
  ['lists that are none', 'contexts: 7\nusers: x\ncurrent-context: a\n'],
  ['no YAML', 'users: ['],
  ['no map', '- a'],
  ['nothing', ''],
])('a kubeconfig with %s has no token', (_, other) => {
  expect(kubeconfigToken(other)).toBeUndefined()
})
