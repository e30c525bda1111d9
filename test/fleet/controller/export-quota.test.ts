// Which exports of a member count: compared with sorting them all, for any sequence of changes.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExportQuota } from '../../../src/fleet/controller/export-quota.ts'

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`

/** The limit that each export exceeds. */
function model(exports: ReadonlyMap<string, number>, perNamespace: number, perMember: number) {
  const oldest = [...exports].sort(([a, s], [b, t]) => s - t || (a < b ? -1 : 1))
  const counts = new Map<string, number>()
  const within = oldest.filter(([key]) => {
    const namespace = key.slice(0, key.indexOf('/'))
    counts.set(namespace, (counts.get(namespace) ?? 0) + 1)
    return counts.get(namespace)! <= perNamespace
  })
  return new Map(
    oldest.map((entry) => {
      const place = within.indexOf(entry)
      return [entry[0], place < 0 ? 'perNamespace' : place < perMember ? undefined : 'perMember']
    }),
  )
}

test('the oldest exports of each namespace and of the member count; ties are decided by name', () => {
  const key = fc.constantFrom('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'b/3', 'c/1')
  const change = fc.tuple(key, fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }))
  const limit = fc.integer({ min: 0, max: 4 })
  fc.assert(
    fc.property(
      limit,
      limit,
      fc.array(change, { maxLength: 30 }),
      (perNamespace, perMember, all) => {
        const quota = new ExportQuota({ perNamespace, perMember })
        const exports = new Map<string, number>()
        let before = model(exports, perNamespace, perMember)
        for (const [one, second] of all) {
          const told = new Set(quota.set(one, second === undefined ? undefined : at(second)))
          if (second === undefined) exports.delete(one)
          else exports.set(one, second)
          const after = model(exports, perNamespace, perMember)
          for (const [other, exceeded] of after) {
            expect(quota.exceeded(other)).toBe(exceeded)
            const isChanged = other !== one && exceeded !== before.get(other)
            if (isChanged) expect(told).toContain(other)
          }
          expect(told).not.toContain(one)
          before = after
        }
      },
    ),
  )
})

test('an unchanged export changes nothing', () => {
  const quota = new ExportQuota({ perNamespace: 1, perMember: 1 })
  quota.set('a/1', at(1))
  quota.set('a/2', at(2))
  expect([...quota.set('a/1', at(1))]).toEqual([])
  expect([...quota.set('a/2', undefined)]).toEqual([])
  expect(quota.exceeded('a/2')).toBeUndefined()
})

test('an export with an invalid time is the youngest', () => {
  const quota = new ExportQuota({ perNamespace: 1, perMember: 1 })
  quota.set('a/1', 'yesterday')
  expect([...quota.set('a/2', at(2))]).toEqual(['a/1'])
  expect(quota.exceeded('a/1')).toBe('perNamespace')
})
