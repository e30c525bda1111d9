// What is kept of the hub's Leases: by name as they are put, and by id what they say of the members.
import { describe, expect, test } from 'vitest'
import { leaseFromObject } from '../../../src/fleet/hub/lease.ts'
import { ObjectCache } from '../../../src/fleet/hub/object-cache.ts'
import { Roster } from '../../../src/fleet/hub/roster.ts'

const lease = (name: string, annotations: Record<string, string> = {}) => ({
  metadata: {
    name,
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`clusterset-dns.io/${key}`, value]),
    ),
  },
})

function leaseCache() {
  const leases = new ObjectCache(leaseFromObject)
  const notified: string[] = []
  leases.subscribe(() => notified.push([...leases.objects.keys()].sort().join(' ')))
  const list = (complete: boolean, ...names: string[]) => {
    leases.beginList()
    for (const name of names) leases.put(lease(name))
    leases.endList('leases', complete)
    leases.flush()
  }
  return { leases, notified, list }
}

describe('a collection', () => {
  test('is told of once a batch, and of an empty first list', () => {
    const { leases, notified, list } = leaseCache()
    list(true)
    expect([leases.listed, notified]).toEqual([true, ['']])
    leases.flush()
    list(true)
    expect(notified).toEqual([''])
    leases.put(lease('a'))
    leases.put(lease('b'))
    leases.flush()
    expect(notified).toEqual(['', 'a b'])
  })

  test('is equal to a complete list; an incomplete one takes nothing away', () => {
    const { leases, notified, list } = leaseCache()
    list(true, 'a', 'b')
    list(false, 'a')
    list(true, 'b', 'c')
    expect(notified).toEqual(['a b', 'a b', 'b c'])
    leases.remove(lease('c'))
    leases.remove(lease('unknown'))
    leases.flush()
    expect(notified.at(-1)).toBe('b')
  })

  test('is not listed by a list that broke off, and passes over what has no name', () => {
    const { leases, list } = leaseCache()
    list(false, 'a')
    expect(leases.listed).toBe(false)
    leases.put({})
    leases.put('nonsense')
    expect([...leases.objects.keys()]).toEqual(['a'])
  })
})

describe('the roster', () => {
  test.each([
    ['no annotations: the id is in the name', lease('member-west'), 'west', '', 'no'],
    [
      'an id, a UID',
      lease('member-x', { 'cluster-id': 'west', 'cluster-uid': 'u' }),
      'west',
      'u',
      'no',
    ],
    ['a departure', lease('member-west', { leave: 'asked' }), 'west', '', 'asked'],
    ['one that is done', lease('member-west', { leave: 'done' }), 'west', '', 'done'],
    ['a word that is none of ours', lease('member-west', { leave: 'maybe' }), 'west', '', 'no'],
  ])('reads %s', (_, raw, id, uid, leave) => {
    const { leases } = leaseCache()
    const roster = new Roster(leases)
    expect(roster.listed).toBe(false)
    leases.beginList()
    leases.put(raw)
    leases.endList('leases', true)
    leases.flush()
    expect(roster.listed).toBe(true)
    expect([...roster.records.keys()]).toEqual([id])
    expect(roster.records.get(id)).toMatchObject({ id, uid, leave })
    leases.remove(raw)
    leases.flush()
    expect(roster.records.size).toBe(0)
  })
})
