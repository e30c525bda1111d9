// The texts of errors, which operators know from CoreDNS' log.
import { expect, test } from 'vitest'
import {
  dialError,
  readError,
  timeoutError,
} from '../../../../src/plugins/forward/upstream/error-text.ts'

const PEER = '192.0.2.1:53'

test.each([
  ['ECONNREFUSED', 'read: connection refused'],
  ['EHOSTUNREACH', 'read: no route to host'],
  ['ENETUNREACH', 'read: network is unreachable'],
  ['EPERM', 'write: operation not permitted'],
  ['ENOBUFS', 'read: no buffer space available'],
  ['EMSGSIZE', 'read: message too long'],
  ['EIO', 'read: EIO'],
])('%s of a socket', (code, text) => {
  expect(readError('10.0.0.1:1024', PEER, code)).toBe(`read udp 10.0.0.1:1024->${PEER}: ${text}`)
})

test('a socket whose own address is not known', () => {
  expect(readError('', PEER, 'ECONNREFUSED')).toBe(`read udp ${PEER}: read: connection refused`)
  expect(timeoutError('', PEER)).toBe(`read udp ${PEER}: i/o timeout`)
})

test.each([
  ['ENETUNREACH', 'connect: network is unreachable'],
  ['EHOSTUNREACH', 'connect: no route to host'],
  ['EADDRNOTAVAIL', 'bind: cannot assign requested address'],
  ['EMFILE', 'socket: too many open files'],
  ['EACCES', 'connect: permission denied'],
  ['EIO', 'connect: EIO'],
])('%s of a new socket', (code, text) => {
  const error = Object.assign(new Error('failed'), { code })
  expect(dialError(PEER, error)).toBe(`dial udp ${PEER}: ${text}`)
})
