import { expect, test } from 'vitest'
import { listenError } from '../src/listen-error.ts'

test.each([
  [
    'EADDRINUSE',
    'ADDRESS_IN_USE',
    'bind: address already in use (another server, or a second instance of this one, listens there: ' +
      'stop it or choose another port)',
  ],
  ['EACCES', 'LISTEN', 'bind: permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)'],
  ['EADDRNOTAVAIL', 'LISTEN', 'bind: cannot assign requested address'],
  ['ENOTFOUND', 'LISTEN', 'no such host'],
  ['EMFILE', 'LISTEN', 'bind: EMFILE'],
])('%s is %s', (code, expectedCode, reason) => {
  const cause = Object.assign(new Error('failed'), { code })
  expect(listenError('udp', '[::1]:53', cause)).toMatchObject({
    code: expectedCode,
    message: `listen udp [::1]:53: ${reason}`,
    cause,
  })
})

test('a value that is not an error is shown as text', () => {
  expect(listenError('tcp', ':80', 'broken').message).toBe('listen tcp :80: bind: broken')
})
