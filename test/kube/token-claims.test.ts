// What a token says about its own end, whoever made it, and when that end is a warning.
import { expect, test } from 'vitest'
import { endsSoon, shownTimeLeft, tokenClaims } from '../../src/kube/token-claims.ts'
import { accountJwt, jwt } from '../support/jwt.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const times = { iat: 1000, seconds: 600 }
const account = { namespace: 'clusterset-dns-fleet', name: 'clusterset-dns-fleet' }

test('a token of a service account has its account, audiences and times', () => {
  expect(tokenClaims(accountJwt(times))).toEqual({
    issuedAt: 1_000_000,
    expiresAt: 1_600_000,
    audiences: ['https://kubernetes.default.svc'],
    account,
  })
})

test('one audience may be a text', () => {
  expect(tokenClaims(accountJwt({ ...times, aud: 'one' }))?.audiences).toEqual(['one'])
})

test.each([
  ['a user of another kind', { sub: 'system:node:n1' }],
  ['a subject that is no text', { sub: 7 }],
  ['a subject with a path in it', { sub: 'system:serviceaccount:a:../../secrets' }],
  ['a Pod that it is bound to', { 'kubernetes.io': { pod: { name: 'p' } } }],
  ['a Secret that it is bound to', { 'kubernetes.io': { secret: { name: 's' } } }],
])('a token with %s ends, but is of no account that can renew it', (_, more) => {
  const claims = tokenClaims(accountJwt({ ...times, ...more }))
  expect(claims?.expiresAt).toBe(1_600_000)
  expect(claims?.account).toBeUndefined()
})

test.each([
  ['an opaque token', 'abc'],
  ['no token', ''],
  ['a payload that is no JSON', 'a.b.c'],
  ['a payload that is no object', `a.${Buffer.from('[1]').toString('base64url')}.c`],
  ['a token of a Secret, which never ends', jwt({ sub: 'system:serviceaccount:a:b' })],
  ['times that are no numbers', jwt({ exp: '1', iat: '0' })],
])('%s has no claims', (_, token) => {
  expect(tokenClaims(token)).toBeUndefined()
})

test.each([
  // The kubelet replaces the token of a pod after 80% of its lifetime.
  [HOUR, 0.85 * HOUR, false],
  [HOUR, 0.9 * HOUR, true],
  [365 * DAY, 350 * DAY, false],
  [365 * DAY, 358 * DAY, true],
])('a token of %i ms ends soon after %i ms: %s', (lifetime, wall, soon) => {
  expect(
    endsSoon({ issuedAt: 0, expiresAt: lifetime, audiences: [], account: undefined }, wall),
  ).toBe(soon)
})

test.each([
  [-1, 'it has ended'],
  [90 * 60_000, 'it ends in 90 min'],
  [5 * HOUR, 'it ends in 5 h'],
  [9 * DAY, 'it ends in 9 d'],
])('%i ms is "%s"', (ms, text) => {
  expect(shownTimeLeft(ms)).toBe(text)
})
