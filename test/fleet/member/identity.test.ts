// Which identities are accepted as members.
import { describe, expect, test } from 'vitest'
import { Identities, type IdentityRecord } from '../../../src/fleet/member/identity.ts'

describe('two members', () => {
  test.each([
    ['with different ids and UIDs are accepted', 'b', { id: 'b', uid: '2' }, undefined],
    ['cannot share an id', 'b', { id: 'a', uid: '2' }, 'its id "a" is already used by member a'],
    [
      'cannot be the same cluster',
      'b',
      { id: 'b', uid: '1' },
      'it is the same cluster as member a',
    ],
  ])('%s', (_, member, identity, message) => {
    const identities = new Identities()
    identities.claim('a', { id: 'a', uid: '1' })
    const claim = () => identities.claim(member, identity)
    if (message === undefined) expect(claim).not.toThrow()
    else expect(claim).toThrow(message)
  })
})

test.each([
  ['keeps its identity is accepted', { id: 'a', uid: '1' }, undefined],
  ['changes its id is refused', { id: 'x', uid: '1' }, 'its id changed from "a" to "x"'],
  ['was rebuilt is refused', { id: 'a', uid: '2' }, 'it is a different cluster than before'],
])('a member that %s', (_, identity, message) => {
  const identities = new Identities()
  identities.claim('a', { id: 'a', uid: '1' })
  const claim = () => identities.claim('a', identity)
  if (message === undefined) expect(claim).not.toThrow()
  else expect(claim).toThrow(message)
})

test('a rebuilt member without a record is accepted after fleet join', () => {
  const records: IdentityRecord[] = []
  const identities = new Identities(() => records)
  identities.claim('a', { id: 'a', uid: '1' })
  expect(() => identities.claim('a', { id: 'a', uid: '2' })).toThrow('fleet join a')
  // The record that `fleet join` writes.
  records.push({ id: 'a', uid: '', left: false })
  expect(() => identities.claim('a', { id: 'a', uid: '2' })).not.toThrow()
})
