// Who may be a member.
import { describe, expect, test } from 'vitest'
import { Identities, type IdentityRecord } from '../../../src/fleet/member/identity.ts'

describe('two members', () => {
  test.each([
    ['with ids and UIDs of their own are fine', 'b', { id: 'b', uid: '2' }, undefined],
    ['cannot have one id', 'b', { id: 'a', uid: '2' }, 'its id "a" is that of member a'],
    ['cannot be one cluster', 'b', { id: 'b', uid: '1' }, 'it is the same cluster as member a'],
  ])('%s', (_, member, identity, message) => {
    const identities = new Identities()
    identities.claim('a', { id: 'a', uid: '1' })
    const claim = () => identities.claim(member, identity)
    if (message === undefined) claim()
    else expect(claim).toThrow(message)
  })
})

test.each([
  ['says the same again', { id: 'a', uid: '1' }, undefined],
  ['says another id', { id: 'x', uid: '1' }, 'its id changed from "a" to "x"'],
  ['was rebuilt', { id: 'a', uid: '2' }, 'it is another cluster than before'],
])('a member that %s', (_, identity, message) => {
  const identities = new Identities()
  identities.claim('a', { id: 'a', uid: '1' })
  const claim = () => identities.claim('a', identity)
  if (message === undefined) claim()
  else expect(claim).toThrow(message)
})

test('a member that was rebuilt while its record was lost comes in when somebody says so', () => {
  const records: IdentityRecord[] = []
  const identities = new Identities(() => records)
  identities.claim('a', { id: 'a', uid: '1' })
  expect(() => identities.claim('a', { id: 'a', uid: '2' })).toThrow('fleet join a')
  // What `fleet join` writes.
  records.push({ id: 'a', uid: '', left: false })
  identities.claim('a', { id: 'a', uid: '2' })
})
