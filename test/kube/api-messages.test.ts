// The texts of errors quote API servers and proxies, never our own credentials.
import { describe, expect, test } from 'vitest'
import { statusError, transportError } from '../../src/kube/api-messages.ts'
import type { Credentials } from '../../src/kube/credentials.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const none: Credentials = {
  server: 'https://west:1',
  insecure: false,
  headers: {},
  hashes: new Map(),
  origins: {},
}
const info = { verb: 'create', resource: 'services ns/web', group: '' } as const

const carriers = [
  ['a token', { token: 'T0KEN.MARKER' }, ['T0KEN.MARKER']],
  [
    'a user name and password',
    { headers: { authorization: `Basic ${base64('me:PASS  MARKER')}` } },
    ['PASS  MARKER', 'me:PASS  MARKER', base64('me:PASS  MARKER')],
  ],
  [
    'a proxy with a password',
    { proxyUrl: 'http://me:PR%20MARKER@proxy:3128' },
    ['PR MARKER', 'PR%20MARKER', 'me:PR MARKER', base64('me:PR MARKER')],
  ],
] as const satisfies readonly (readonly [string, Partial<Credentials>, readonly string[]])[]

describe.each(carriers)('credentials with %s', (_, part, forms) => {
  const credentials = { ...none, ...part }

  test.each(forms)(
    'do not show %j of the message, the reason and the causes of a Status',
    (form) => {
      const echo = `denied: ${form}`
      const body = JSON.stringify({
        message: `${'x'.repeat(290)}${echo}`,
        reason: echo,
        details: { causes: [{ reason: echo, field: echo, message: echo }] },
      })
      for (const status of [401, 403, 404, 409, 422, 429, 500]) {
        const failed = { status, retryAfter: undefined, body }
        const { message, statusReason, causes } = statusError(failed, info, credentials, 0)
        const shown = JSON.stringify([message, statusReason, causes])
        expect(shown).not.toContain('MARKER')
        // Half of a secret at the cut is no better than all of it.
        expect(shown).not.toContain(form.slice(0, 6))
        expect(statusReason).toBe('denied: [hidden]')
      }
    },
  )

  test.each(forms)('do not show %j of an error of the connection', (form) => {
    const error = new Error(`Failed to establish tunnel: HTTP/1.1 407 ${form}`)
    expect(transportError(error, info, credentials).message).toContain('407 [hidden]')
  })
})

test('the message of a Status is cut at 300 characters and has one line', () => {
  const body = JSON.stringify({ message: `a\n\tb ${'x'.repeat(1000)}` })
  const { message } = statusError({ status: 500, retryAfter: undefined, body }, info, none, 0)
  expect(message).toMatch(/: a b x{296}$/)
})
