// When a token is renewed, and what is asked for.
import { expect, test } from 'vitest'
import { isRenewalDue, renewalSpec } from '../../../src/fleet/hub/token-renewal.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const claims = (lifetime: number) => ({
  issuedAt: 0,
  expiresAt: lifetime,
  audiences: ['api'],
  account: undefined,
})

test.each([
  [24 * HOUR, 12 * HOUR - 1, false],
  [24 * HOUR, 12 * HOUR, true],
  [24 * HOUR, 30 * HOUR, true],
  [365 * DAY, 100 * DAY, false],
  [365 * DAY, 183 * DAY, true],
])('a token of %i ms is renewed after %i ms: %s', (lifetime, wall, due) => {
  expect(isRenewalDue(claims(lifetime), wall)).toBe(due)
})

test('the new token lasts as long as the old one, at least what the API server accepts', () => {
  expect(renewalSpec(claims(DAY))).toEqual({ audiences: ['api'], expirationSeconds: 86_400 })
  expect(renewalSpec(claims(1000)).expirationSeconds).toBe(600)
})
