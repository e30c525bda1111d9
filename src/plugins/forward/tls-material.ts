// Reads the PEM files of option `tls` (coredns plugin/pkg/tls).
import { CodedError, errorText } from '../../errors.ts'
import type { TlsFiles, TlsMaterial } from './options.ts'

/** Reads and checks the files; throws CodedError UPSTREAM. `readFile` throws an Error with Go's message. */
export function readTlsMaterial(files: TlsFiles, readFile: (path: string) => string): TlsMaterial {
  const { ca: caFile, cert: certFile, key: keyFile } = files
  const read = (path: string, start: string) => {
    try {
      return readFile(path)
    } catch (error) {
      throw new CodedError('UPSTREAM', `plugin/forward: ${start}: ${errorText(error)}`)
    }
  }
  const pair =
    certFile === undefined || keyFile === undefined
      ? {}
      : {
          cert: read(certFile, 'could not load TLS cert'),
          key: read(keyFile, 'could not load TLS cert'),
        }
  check(pair, 'could not load TLS cert')
  if (caFile === undefined) return pair
  const ca = read(caFile, `error reading ${caFile}`)
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new CodedError('UPSTREAM', `plugin/forward: could not read root certs: ${caFile}`)
  }
  check({ ca }, `could not read root certs: ${caFile}`)
  return { ...pair, ca }
}

function check(material: TlsMaterial, start: string): void {
  try {
    process.getBuiltinModule('node:tls').createSecureContext(material)
  } catch (error) {
    throw new CodedError('UPSTREAM', `plugin/forward: ${start}: ${errorText(error)}`)
  }
}
