// The PEM files of option `tls`.
import { beforeAll, describe, expect, test } from 'vitest'
import { readTlsMaterial } from '../../../src/plugins/forward/tls-material.ts'
import { createAuthority } from '../../support/pki.ts'

const files: Record<string, string> = {}
beforeAll(async () => {
  const authority = await createAuthority()
  const one = await authority.issue({ commonName: 'one', usage: 'client' })
  const other = await authority.issue({ commonName: 'other', usage: 'client' })
  Object.assign(files, {
    'ca.pem': authority.certificate,
    'cert.pem': one.certificate,
    'key.pem': one.key,
    'other.pem': other.key,
    'text.pem': 'no PEM',
  })
})

function readFile(path: string): string {
  const text = files[path]
  if (text === undefined) throw new Error(`open ${path}: no such file or directory`)
  return text
}

describe('the material is', () => {
  test('nothing without files', () => {
    expect(readTlsMaterial({}, readFile)).toEqual({})
  })

  test('the texts of the files', () => {
    const material = readTlsMaterial({ ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' }, readFile)
    expect(material).toEqual({
      ca: files['ca.pem'],
      cert: files['cert.pem'],
      key: files['key.pem'],
    })
  })
})

describe('an error is', () => {
  test.each([
    [{ ca: 'none.pem' }, 'error reading none.pem: open none.pem: no such file or directory'],
    [{ ca: 'text.pem' }, 'could not read root certs: text.pem'],
    [
      { cert: 'none.pem', key: 'key.pem' },
      'could not load TLS cert: open none.pem: no such file or directory',
    ],
    [{ cert: 'cert.pem', key: 'other.pem' }, 'could not load TLS cert: '],
    [{ cert: 'text.pem', key: 'key.pem' }, 'could not load TLS cert: '],
  ])('%j', (tls, message) => {
    expect(() => readTlsMaterial(tls, readFile)).toThrow(`plugin/forward: ${message}`)
  })
})
