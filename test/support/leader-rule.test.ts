// Violations of the leader rule, and parsing of the audit log.
import { describe, expect, test } from 'vitest'
import { type AuditedWrite, parseAuditLog } from './audit-log.ts'
import { leaderRecords, terms, violations, withoutHeldBack } from './leader-rule.ts'

const A = 'clusterset-dns-fleet/1 (a)'
const B = 'clusterset-dns-fleet/1 (b)'

const at = (receivedAt: number, userAgent: string, resource: string, code = 200): AuditedWrite => ({
  verb: 'patch',
  resource,
  subresource: '',
  namespace: 'ns',
  name: resource === 'leases' ? 'leader' : 'web',
  userAgent,
  code,
  receivedAt,
  answeredAt: receivedAt + 5,
})

describe('the leader rule', () => {
  const cases: readonly (readonly [string, readonly AuditedWrite[], readonly RegExp[]])[] = [
    [
      'writes within a term are no violation',
      [at(0, A, 'leases'), at(1, A, 'services'), at(1999, A, 'services')],
      [],
    ],
    [
      'each renewal extends the deadline',
      [at(0, A, 'leases'), at(1500, A, 'leases'), at(3400, A, 'services')],
      [],
    ],
    [
      'a write after the deadline',
      [at(0, A, 'leases'), at(2001, A, 'services')],
      [/\(a\): patch services ns\/web: 1 ms after its renew deadline/],
    ],
    [
      'a rejected renewal does not extend the deadline',
      [at(0, A, 'leases'), at(1500, A, 'leases', 409), at(2500, A, 'services')],
      [/500 ms after/],
    ],
    [
      'a rejected write after the deadline',
      [at(0, A, 'leases'), at(2100, A, 'services', 409)],
      [/100 ms after/],
    ],
    [
      "a write in another replica's term",
      [at(0, A, 'leases'), at(1000, B, 'leases'), at(1100, A, 'services'), at(1200, B, 'services')],
      [/\(a\): .* in the term of clusterset-dns-fleet\/1 \(b\)/],
    ],
    ['a write before any term', [at(0, A, 'services'), at(1, A, 'leases')], [/never held/]],
    [
      'a write of a member Lease after the deadline',
      [at(0, A, 'leases'), { ...at(2100, A, 'leases'), name: 'member-x' }],
      [/100 ms after/],
    ],
    ['writes of other programs are ignored', [at(0, 'kubectl', 'services')], []],
  ]
  test.each(cases)('%s', (_, writes, wanted) => {
    const found = violations(leaderRecords(writes, 'leader'), 2000)
    expect(found).toEqual(wanted.map((one) => expect.stringMatching(one)))
  })

  test('writes just after a frozen API server resumes are omitted, renewals are not', () => {
    const [early, late, lease, after] = [
      at(900, A, 'services'),
      at(1001, A, 'services'),
      at(1002, A, 'leases'),
      at(2001, A, 'services'),
    ]
    const all = [early, late, lease, after]
    expect(withoutHeldBack(all, 'leader', [1000])).toEqual([early, lease, after])
    expect(withoutHeldBack(all, 'leader', [])).toEqual(all)
  })

  test('terms lists the holders in order', () => {
    const writes = [at(0, A, 'leases'), at(1, A, 'leases'), at(2, B, 'leases'), at(3, A, 'leases')]
    expect(terms(leaderRecords(writes, 'leader'))).toEqual([A, B, A])
  })
})

test('an audit log is parsed line by line and sorted by the time of receipt', () => {
  const line = (second: string, verb: string) =>
    JSON.stringify({
      kind: 'Event',
      verb,
      userAgent: A,
      objectRef: { resource: 'leases', namespace: 'ns', name: 'leader' },
      responseStatus: { code: 200 },
      requestReceivedTimestamp: `2026-01-01T00:00:${second}Z`,
      stageTimestamp: '2026-01-01T00:00:09.000000Z',
    })
  const text = `${line('02.000250', 'patch')}\n${line('01.999999', 'create')}\n{"kind":"Ev`
  const start = Date.parse('2026-01-01T00:00:00Z')
  expect(parseAuditLog(text)).toEqual([
    expect.objectContaining({ verb: 'create', receivedAt: start + 1999.999, code: 200 }),
    expect.objectContaining({ verb: 'patch', receivedAt: start + 2000.25, name: 'leader' }),
  ])
})
