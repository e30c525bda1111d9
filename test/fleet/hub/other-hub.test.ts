// The warning about a member that is, or was, the hub of a fleet.
import { expect, test } from 'vitest'
import type { MemberCluster } from '../../../src/fleet/api/member-cluster.ts'
import { warnOfOtherHub } from '../../../src/fleet/hub/other-hub.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'

const cure =
  'Its Leases and Secrets are ignored: the hub is cluster east. Name the hub with "hub:", or first in --contexts; ' +
  'if the hub has moved for good, delete this Lease'
const has = (state: string) =>
  `[WARNING] cluster west: it is not the hub, but has the Lease clusterset-dns-fleet/fleet-leader: ${state}. ${cure}`

/** The lines of the log about the member west; the clock of the retries is at hand. */
async function linesOf(leaderLease: MemberCluster['leaderLease']) {
  const lines: string[] = []
  const clock = handClock()
  let ended = false
  const warned = warnOfOtherHub({
    member: { name: 'west', leaderLease },
    ownLease: 'own',
    hub: 'cluster east',
    log: memoryLog(lines).log,
    clock,
    signal: new AbortController().signal,
  }).then(() => {
    ended = true
  })
  while (!ended) {
    await new Promise((done) => setImmediate(done))
    clock.advance(10_000)
  }
  await warned
  return lines
}

test.each([
  ['has no Lease of a leader', undefined, []],
  ['is the hub itself', { uid: 'own', holder: 'r1' }, []],
  ['was the hub before', { uid: 'other', holder: '' }, [has('it was the hub before')]],
  [
    'is the hub of another fleet',
    { uid: 'other', holder: 'r9' },
    [has('it is the hub of the fleet r9')],
  ],
])('a member that %s', async (_, lease, expected) => {
  expect(await linesOf(async () => lease)).toEqual(expected)
})

test('a Lease that may not be read is no warning', async () => {
  const lines = await linesOf(() => Promise.reject(new ApiError('forbidden', 'no rights')))
  expect(lines.filter((line) => line.startsWith('[WARNING]'))).toEqual([])
})

test('a read that fails is repeated', async () => {
  let reads = 0
  const lines = await linesOf(async () => {
    if (++reads < 3) throw new ApiError('unreachable', 'connection reset')
    return { uid: 'other', holder: '' }
  })
  expect(lines.filter((line) => line.startsWith('[WARNING]'))).toEqual([
    has('it was the hub before'),
  ])
})
