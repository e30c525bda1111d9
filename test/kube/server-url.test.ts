// The address of an API server: what messages may show of it, and what becomes basic authorization.
import { describe, expect, test } from 'vitest'
import { readServerUrl } from '../../src/kube/server-url.ts'

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

describe('the address of an API server', () => {
  test.each([
    ['is the URL', 'https://host:6443', { server: 'https://host:6443' }],
    ['keeps the prefix of a proxy', 'https://host/k8s/c1/', { server: 'https://host/k8s/c1' }],
    ['has no query and fragment', 'https://host/?token=s3cret#s3cret', { server: 'https://host' }],
    [
      'loses user name and password, which become basic authorization',
      'https://me:s%20cret@host:1',
      { server: 'https://host:1', authorization: basic('me:s cret') },
    ],
    [
      'loses a user name alone',
      'http://me@host',
      { server: 'http://host', authorization: basic('me:') },
    ],
  ])('%s', (_, text, address) => {
    expect(readServerUrl(text)).toEqual(address)
  })

  test.each([
    ['a host and port', 'host:6443', /not an http or https URL/],
    ['another scheme', 'ftp://me:s3cret@host', /not an http or https URL/],
    ['a password with a slash', 'https://me:s3/cret@host', /not an http or https URL/],
    ['an invalid port', 'https://me:s3cret@host:99999', /not an http or https URL/],
    ['an invalid escape', 'https://me:s3%cret@host', /invalid % escape/],
  ])('is refused when it is %s, without quoting it', (_, text, message) => {
    const refused = () => readServerUrl(text)
    expect(refused).toThrow(message)
    expect(refused).not.toThrow(/s3|host/)
  })
})
