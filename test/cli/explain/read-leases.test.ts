// The Leases of a hub: how long ago each was renewed.
import { expect, test } from 'vitest'
import { readLeases } from '../../../src/cli/explain/read-leases.ts'
import { systemClock } from '../../../src/kube/clock.ts'

const NOW = Date.parse('2026-01-01T01:00:00Z')
const clock = { ...systemClock, wall: () => NOW - 5000 }
const lease = (name: string, renewTime?: string) => ({
  metadata: { name, annotations: {} },
  spec: { holderIdentity: 'r1', leaseDurationSeconds: 15, renewTime },
})
const read = (...items: readonly object[]) =>
  readLeases(
    { read: async () => ({ items }), skewMs: 5000 },
    'east',
    clock,
    new AbortController().signal,
  )

test.each([
  ['by the clock of the server', '2026-01-01T00:59:58.000000Z', 2000],
  ['without a time, never', undefined, Number.POSITIVE_INFINITY],
  ['with a time that is none, never', 'now', Number.POSITIVE_INFINITY],
])('a Lease was renewed: %s', async (_, renewTime, ageMs) => {
  const leases = await read(lease('fleet-leader', renewTime), lease('member-west', renewTime))
  expect(leases?.leader).toMatchObject({ cluster: 'east', holder: 'r1', ageMs, durationMs: 15_000 })
  expect(leases?.members).toMatchObject([{ ageMs, durationMs: 15_000 }])
})

test('a cluster without the Lease of a leader is no hub', async () => {
  expect(await read(lease('member-west'))).toBeUndefined()
})
