// The object cache of the hub's Leases, by name, and the roster of members, by cluster id.
import { describe, expect, test } from 'vitest'
import { leaseFromObject } from '../../../src/fleet/hub/lease.ts'
import { ObjectCache } from '../../../src/fleet/hub/object-cache.ts'
import { Roster, recordOf } from '../../../src/fleet/hub/roster.ts'

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

describe('an object cache', () => {
  test('notifies once for each batch, and for an empty first list', () => {
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

  test('replaces its content with a complete list; an incomplete list removes nothing', () => {
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

  test('is not listed after an incomplete list, and ignores objects without a name', () => {
    const { leases, list } = leaseCache()
    list(false, 'a')
    expect(leases.listed).toBe(false)
    leases.put({})
    leases.put('nonsense')
    expect([...leases.objects.keys()]).toEqual(['a'])
  })
})

describe('the roster', () => {
  test('reads when a cluster was created', () => {
    const created = '2026-01-01T00:00:00Z'
    expect(recordOf(leaseFromObject(lease('member-a', { 'cluster-created': created })))).toEqual(
      expect.objectContaining({ id: 'a', created }),
    )
    expect(recordOf(leaseFromObject(lease('member-a'))).created).toBe('')
  })

  test.each([
    ['the id from the name, without annotations', lease('member-west'), 'west', '', 'no'],
    [
      'an id and a UID',
      lease('member-x', { 'cluster-id': 'west', 'cluster-uid': 'u' }),
      'west',
      'u',
      'no',
    ],
    ['a cluster that is leaving', lease('member-west', { leave: 'asked' }), 'west', '', 'asked'],
    ['a cluster that has left', lease('member-west', { leave: 'done' }), 'west', '', 'done'],
    [
      'an unknown value of the annotation as no departure',
      lease('member-west', { leave: 'maybe' }),
      'west',
      '',
      'no',
    ],
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
