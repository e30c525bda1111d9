// Certificates for test clusters: a CA, and serving and client certificates that it signs.
import 'reflect-metadata' // a polyfill that @peculiar/x509 needs loaded before it
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A certificate and its private key, both as PEM text. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

interface LeafOptions {
  readonly commonName: string
  /** Groups of a client certificate (O=). */
  readonly groups?: readonly string[]
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  readonly usage: 'server' | 'client'
  readonly notBefore?: Date
  readonly notAfter?: Date
}

export interface Authority {
  /** PEM text of the CA certificate. */
  readonly certificate: string
  /** Signs a new certificate; by default valid from a minute ago for a day. */
  readonly issue: (options: LeafOptions) => Promise<KeyPair>
}

const minutes = (count: number) => new Date(Date.now() + count * 60_000)

/** Creates a CA that is valid for a day. */
export async function createAuthority(commonName = 'test-ca'): Promise<Authority> {
  const keys = await generateKeys()
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [commonName] }],
    notBefore: minutes(-60),
    notAfter: minutes(24 * 60),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    certificate: ca.toString('pem'),
    issue: async (options) => {
      const leaf = await generateKeys()
      const names = [
        ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
        ...(options.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
      ]
      const usage =
        options.usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth
      const extensions: Extension[] = [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
      ]
      if (names.length > 0) extensions.push(new SubjectAlternativeNameExtension(names))
      const certificate = await X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: [...(options.groups ?? []).map((O) => ({ O: [O] })), { CN: [options.commonName] }],
        issuer: ca.subject,
        notBefore: options.notBefore ?? minutes(-1),
        notAfter: options.notAfter ?? minutes(24 * 60),
        signingAlgorithm: ALGORITHM,
        publicKey: leaf.publicKey,
        signingKey: keys.privateKey,
        extensions,
      })
      return { certificate: certificate.toString('pem'), key: await exportKey(leaf.privateKey) }
    },
  }
}

/** A CA, and the certificate of a DNS server `dns.example` at 127.0.0.1. */
export async function createDnsServer(): Promise<{ authority: Authority; server: KeyPair }> {
  const authority = await createAuthority()
  const server = await authority.issue({
    commonName: 'dns.example',
    dnsNames: ['dns.example'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  })
  return { authority, server }
}

function generateKeys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString()
}

function serial(): string {
  return `01${randomBytes(8).toString('hex')}`
}
