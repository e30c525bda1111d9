// Which namespaces `verify` takes for its own.
import { expect, test } from 'vitest'
import {
  leftoverOf,
  namespaceName,
  namespaceObject,
} from '../../../src/cli/verify/verify-objects.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const metadataOf = (name: string, until: number) => {
  const { metadata } = namespaceObject(name, until) as { metadata: object }
  return { ...metadata, uid: 'u' }
}

test.each([
  ['of a killed run', NOW - 1000, false],
  ['of a run that may go on', NOW + 1000, true],
])('a namespace %s', (_name, until, mayBeUsed) => {
  const name = namespaceName('0123abcd')
  expect(leftoverOf(metadataOf(name, until), NOW)).toEqual({ name, uid: 'u', mayBeUsed })
})

test.each([
  ['of a user, with our label', metadataOf('shop', NOW - 1000)],
  ['of a user, with our prefix', metadataOf('clusterset-dns-verify-everything', NOW - 1000)],
  [
    'that is being deleted',
    { ...metadataOf(namespaceName('0123abcd'), NOW - 1000), deletionTimestamp: 'now' },
  ],
])('a namespace %s is no leftover', (_name, metadata) => {
  expect(leftoverOf(metadata, NOW)).toBeUndefined()
})
