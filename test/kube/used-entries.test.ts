// Which entries of a kubeconfig count, as for client-go.
import { describe, expect, test } from 'vitest'
import { usedEntries } from '../../src/kube/used-entries.ts'

const cluster = { name: 'c', cluster: { server: 'https://c:1' } }
const user = { name: 'u', user: { token: 'x' } }
const context = { name: 'east', context: { cluster: 'c', user: 'u' } }
const whole = {
  'current-context': 'east',
  contexts: [context],
  clusters: [cluster],
  users: [user],
}

test('entries that the context does not use may be partial', () => {
  const config = {
    ...whole,
    contexts: [{ name: 'half', context: { namespace: 'x' } }, 1, context],
    clusters: [{ name: 'half' }, cluster],
    users: [{ user: {} }, { name: 'half', user: { 'token-file': '/none' } }, user],
  }
  expect(usedEntries(config, undefined)).toEqual(whole)
  expect(usedEntries({ ...config, 'current-context': '' }, 'east')).toEqual(whole)
})

test('a context may have no user', () => {
  const contexts = [{ name: 'east', context: { cluster: 'c' } }]
  expect(usedEntries({ ...whole, contexts }, undefined)).toEqual({ ...whole, contexts, users: [] })
})

describe('it is an error when', () => {
  test.each<[string, object, string | undefined, string]>([
    ['the context does not exist', {}, 'w', 'context "w" does not exist; its contexts are: east'],
    [
      'there are no contexts',
      { contexts: [] },
      'w',
      'context "w" does not exist; the file has no contexts',
    ],
    [
      'no context is chosen',
      { 'current-context': '' },
      undefined,
      'no current-context is set, and no context is configured; its contexts are: east',
    ],
    [
      'the context names no cluster',
      { contexts: [{ name: 'east' }] },
      undefined,
      'context "east" names no cluster',
    ],
    [
      'the cluster does not exist',
      { clusters: [] },
      undefined,
      'context "east" refers to the cluster "c", which does not exist',
    ],
    [
      'the cluster has no server',
      { clusters: [{ name: 'c', cluster: {} }] },
      undefined,
      'cluster "c" has no server',
    ],
    [
      'the user does not exist',
      { users: [] },
      undefined,
      'context "east" refers to the user "u", which does not exist',
    ],
  ])('%s', (_, change, wanted, message) => {
    expect(() => usedEntries({ ...whole, ...change }, wanted)).toThrow(message)
  })
})
