// What test/e2e/rights.test.ts reads from an audit log.
import { rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { grantedRights, recordAccounts, usedRights } from './audited-rights.ts'
import type { KubeObject } from './kube-client.ts'

const line = (
  verb: string,
  objectRef: object | undefined,
  decision = 'allow',
  account = 'ns:one',
) =>
  JSON.stringify({
    verb,
    user: { username: `system:serviceaccount:${account}` },
    objectRef,
    annotations: { 'authorization.k8s.io/decision': decision },
  })

const granted = ['get namespaces kube-system', 'list pods', 'patch things/status.example.com']

test.each([
  ['a right', [line('list', { resource: 'pods' })], ['list pods'], []],
  [
    'a subresource of a group',
    [line('patch', { resource: 'things', subresource: 'status', apiGroup: 'example.com' })],
    ['patch things/status.example.com'],
    [],
  ],
  [
    'a name that is granted',
    [line('get', { resource: 'namespaces', name: 'kube-system' })],
    [granted[0]],
    [],
  ],
  [
    'a name that is not',
    [line('get', { resource: 'namespaces', name: 'a' })],
    ['get namespaces'],
    [],
  ],
  ['a request that is refused', [line('list', { resource: 'pods' }, 'forbid')], [], ['list pods']],
  [
    'one that is refused at first',
    [line('list', { resource: 'pods' }, 'forbid'), line('list', { resource: 'pods' })],
    ['list pods'],
    [],
  ],
  ['another account', [line('list', { resource: 'pods' }, 'allow', 'ns:other')], [], []],
  ['the version of the API', [line('get', undefined)], [], []],
])('%s', (_what, lines, used, refused) => {
  const { log } = recordAccounts()
  onTestFinished(() => rmSync(dirname(log), { recursive: true }))
  // The last line is still being written.
  writeFileSync(log, `${lines.join('\n')}\n{"verb":`)
  expect(usedRights(log, 'ns:one', granted)).toEqual({ used, refused })
})

test('the rights of roles are sorted, each once', () => {
  const rule = { apiGroups: ['', 'example.com'], resources: ['a'], verbs: ['list', 'get'] }
  const named = { apiGroups: [''], resources: ['a/b'], resourceNames: ['c'], verbs: ['get'] }
  const role = { apiVersion: 'v1', kind: 'Role', metadata: { name: 'r' }, rules: [rule, named] }
  const other = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }
  expect(grantedRights([role, role, other] as readonly KubeObject[])).toEqual([
    'get a',
    'get a.example.com',
    'get a/b c',
    'list a',
    'list a.example.com',
  ])
})
