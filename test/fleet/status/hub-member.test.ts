// Which member is the hub, by its Lease.
import { expect, test } from 'vitest'
import { LeaseMember } from '../../../src/fleet/status/hub-member.ts'
import { handClock } from '../../support/hand-clock.ts'

function member(name: string, uid: string) {
  const asked = { count: 0 }
  const leaderLease = async () => {
    asked.count++
    return { uid, holder: 'r1' }
  }
  return { name, problem: undefined, leaderLease, asked }
}

test('the member with the Lease is asked for once a minute, and at once when the Lease is another one', async () => {
  const clock = handClock()
  const found = new LeaseMember(clock)
  const members = [member('east', '1'), member('west', '2')]
  const { signal } = new AbortController()
  const find = (uid: string, only = members) => found.find(only, uid, signal)
  const asked = () => members[0]!.asked.count
  expect([await find('2'), await find('2'), asked()]).toEqual(['west', 'west', 1])
  expect([await find('1'), asked()]).toEqual(['east', 2])
  clock.advance(60_000)
  expect([await find('1'), asked()]).toEqual(['east', 3])
})

test('while no member has it, all are asked each time; one that is gone is not named', async () => {
  const found = new LeaseMember(handClock())
  const members = [member('east', '1'), member('west', '2')]
  const { signal } = new AbortController()
  expect(await found.find(members, '3', signal)).toBeUndefined()
  expect(await found.find(members, '3', signal)).toBeUndefined()
  expect(members[0]!.asked.count).toBe(2)
  expect(await found.find(members, '2', signal)).toBe('west')
  expect(await found.find(members.slice(0, 1), '2', signal)).toBeUndefined()
})
