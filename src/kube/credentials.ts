// How to reach one API server: a client config (address, and the files or data of CA, certificate, key and token) and
// the credentials read from it. A child process resolves a kubeconfig into a client config. The files that the config
// names are read here, so that a rotated certificate or token needs no child process.
import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { errorText } from '../errors.ts'
import { ApiError } from './api-error.ts'

/** PEM text or a token: in a file, or as data (`from` names its place in messages). */
export type FileOrData =
  | { readonly file: string }
  | { readonly data: string; readonly from: string }

/** How to reach an API server; the texts of `ca`, `cert`, `key` and `token` are not read yet. */
export interface ClientConfig {
  /** The URL, which messages show: without user name, password, query and fragment. */
  readonly server: string
  readonly ca?: FileOrData
  readonly cert?: FileOrData
  readonly key?: FileOrData
  readonly token?: FileOrData
  /** Sent unchanged with every request: basic authorization, impersonation. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly servername?: string
  readonly insecure: boolean
  readonly proxyUrl?: string
  /** The namespace of the kubeconfig's context. */
  readonly namespace?: string
  /** When the data of an exec plugin expires, in milliseconds since 1970. */
  readonly expiresAt?: number
  /** The files that the config was made from, with the SHA-256 (base64) of each. */
  readonly hashes: ReadonlyMap<string, string>
}

type Part = 'ca' | 'cert' | 'key' | 'token'

/** A client config with the texts of CA, certificate, key and token. */
export interface Credentials extends Omit<ClientConfig, Part> {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly token?: string
  /** Where each text is from, for messages: "in FILE". */
  readonly origins: Readonly<Partial<Record<Part, string>>>
}

/** Reads and checks the files of a client config; throws ApiError "credentials" that names the file. */
export async function readCredentials(clientConfig: ClientConfig): Promise<Credentials> {
  const hashes = new Map(clientConfig.hashes)
  const texts: Partial<Record<Part, string>> = {}
  const origins: Partial<Record<Part, string>> = {}
  for (const part of ['ca', 'cert', 'key', 'token'] as const) {
    const source = clientConfig[part]
    if (source === undefined) continue
    origins[part] = 'file' in source ? `in ${source.file}` : `in ${source.from}`
    const text = 'file' in source ? await readHashed(source.file, hashes) : source.data
    texts[part] = part === 'token' ? text.trim() : text
    if (texts[part].trim() === '')
      throw credentialsError(`the ${partNames[part]} ${origins[part]} is empty`)
  }
  const { ca, cert, key, token, ...rest } = clientConfig
  const credentials = { ...rest, ...texts, hashes, origins }
  checkTls(credentials)
  return credentials
}

const partNames = {
  ca: 'CA',
  cert: 'client certificate',
  key: 'client key',
  token: 'token',
} as const

/**
 * Reads a file that credentials depend on and records its hash, for `filesChanged`. Throws ApiError "credentials".
 */
export async function readHashed(file: string, hashes: Map<string, string>): Promise<string> {
  try {
    const bytes = await readFile(file)
    hashes.set(file, hashOf(bytes))
    return bytes.toString('utf8')
  } catch (cause) {
    const reason = errorText(cause)
    throw credentialsError(`${file} cannot be read: ${reason}`, cause)
  }
}

/** What stands for the hash of a file that cannot be read, or does not exist. */
export const NO_FILE = 'unreadable'

/** As `readHashed`, but a file that does not exist is recorded as one: it may come. */
export async function readHashedIfExists(file: string, hashes: Map<string, string>): Promise<void> {
  try {
    await readHashed(file, hashes)
  } catch (error) {
    const { cause } = error as ApiError
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw error
    hashes.set(file, NO_FILE)
  }
}

/** True when the content of a file no longer has its recorded hash. */
export async function filesChanged(hashes: ReadonlyMap<string, string>): Promise<boolean> {
  for (const [file, hash] of hashes) {
    const current = await readFile(file).then(hashOf, () => NO_FILE)
    if (current !== hash) return true
  }
  return false
}

/** A key of address and TLS settings: when it changes, new connections must be opened. */
export function connectionKey(credentials: Credentials): string {
  const { server, ca, cert, key, servername, insecure, proxyUrl } = credentials
  return JSON.stringify([server, ca, cert, key, servername, insecure, proxyUrl])
}

/** The headers that authenticate a request. */
export function authHeaders(credentials: Credentials): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(credentials.headers)) {
    headers[name] = typeof value === 'string' ? value : [...value]
  }
  if (credentials.token !== undefined) headers.authorization = `Bearer ${credentials.token}`
  return headers
}

/** An ApiError "credentials". */
export function credentialsError(message: string, cause?: unknown): ApiError {
  return new ApiError('credentials', message, { cause })
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}

/** Rejects a rotation that is half done, such as a new certificate with the old key. */
function checkTls({ ca, cert, key, origins, token, server }: Credentials): void {
  if ((cert === undefined) !== (key === undefined)) {
    const [have, lack] = cert === undefined ? ['key', 'certificate'] : ['certificate', 'key']
    throw credentialsError(`there is a client ${have} but no client ${lack} for it`)
  }
  if (token !== undefined && /[^\x21-\x7e]/.test(token)) {
    throw credentialsError(
      `the token ${origins.token} contains characters that are not allowed in a token`,
    )
  }
  if (!URL.canParse(server)) throw credentialsError('the server address is not a URL')
  if (ca === undefined && cert === undefined) return
  // Loaded with its first use: it takes 6 MB.
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  try {
    if (ca !== undefined) {
      // A secure context ignores text that is no PEM; this constructor does not.
      new X509Certificate(ca)
      createSecureContext({ ca })
    }
  } catch (cause) {
    throw credentialsError(`the CA ${origins.ca} is not a PEM certificate`, cause)
  }
  try {
    if (cert !== undefined && key !== undefined) createSecureContext({ cert, key })
  } catch (cause) {
    const reason = errorText(cause)
    const pair = `the client certificate ${origins.cert} and the key ${origins.key}`
    throw credentialsError(`${pair} cannot be used together: ${reason}`, cause)
  }
}
