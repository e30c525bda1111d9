// How to reach one API server: a recipe (where the server is, which files or data prove what) and the
// credentials read from it. The recipe of a kubeconfig is resolved by a child process; the files it names
// are read here, so that a rotated certificate or token needs no child.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { ApiError } from './api-error.ts'

/** PEM text or a token: in a file, or as data (`from` names its place for messages). */
export type FileOrData =
  | { readonly file: string }
  | { readonly data: string; readonly from: string }

export interface ClientConfig {
  readonly server: string
  readonly ca?: FileOrData
  readonly cert?: FileOrData
  readonly key?: FileOrData
  readonly token?: FileOrData
  /** Sent as they are: basic authorization, impersonation. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly servername?: string
  readonly insecure: boolean
  readonly proxyUrl?: string
  /** Milliseconds since 1970 when the data (from an exec plugin) stops being valid. */
  readonly expiresAt?: number
  /** Further files that the recipe was made from, with the hash of what was read. */
  readonly hashes: ReadonlyMap<string, string>
}

type Part = 'ca' | 'cert' | 'key' | 'token'

export interface Credentials extends Omit<ClientConfig, Part> {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly token?: string
  /** For messages: "in FILE". */
  readonly origins: Readonly<Partial<Record<Part, string>>>
}

/** Reads the files of a recipe; throws ApiError "credentials" that names the file. */
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

/** The content of a file that credentials depend on; its hash is noted for the rotation check. */
export async function readHashed(file: string, hashes: Map<string, string>): Promise<string> {
  try {
    const bytes = await readFile(file)
    hashes.set(file, hashOf(bytes))
    return bytes.toString('utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw credentialsError(`${file} cannot be read: ${reason}`, cause)
  }
}

/** True when a file does not hold what the credentials were read from. */
export async function filesChanged(hashes: ReadonlyMap<string, string>): Promise<boolean> {
  for (const [file, hash] of hashes) {
    const current = await readFile(file).then(hashOf, () => 'unreadable')
    if (current !== hash) return true
  }
  return false
}

/** What TLS and the address depend on: when it changes, connections have to be made anew. */
export function connectionKey(credentials: Credentials): string {
  const { server, ca, cert, key, servername, insecure, proxyUrl } = credentials
  return JSON.stringify([server, ca, cert, key, servername, insecure, proxyUrl])
}

/** The headers of a request. */
export function authHeaders(credentials: Credentials): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(credentials.headers)) {
    headers[name] = typeof value === 'string' ? value : [...value]
  }
  if (credentials.token !== undefined) headers.authorization = `Bearer ${credentials.token}`
  return headers
}

/** An error about credentials. */
export function credentialsError(message: string, cause?: unknown): ApiError {
  return new ApiError('credentials', message, { cause })
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}

/** Half of a rotation (a new certificate beside the old key) must not replace what works. */
function checkTls({ ca, cert, key, origins, token, server }: Credentials): void {
  if ((cert === undefined) !== (key === undefined)) {
    const [have, lack] = cert === undefined ? ['key', 'certificate'] : ['certificate', 'key']
    throw credentialsError(`there is a client ${have} but no client ${lack} for it`)
  }
  if (token !== undefined && /[^\x21-\x7e]/.test(token)) {
    throw credentialsError(`the token ${origins.token} holds characters that no token has`)
  }
  if (!URL.canParse(server)) throw credentialsError(`the server address "${server}" is not a URL`)
  try {
    if (ca !== undefined) createSecureContext({ ca })
  } catch (cause) {
    throw credentialsError(`the CA ${origins.ca} is not a PEM certificate`, cause)
  }
  try {
    if (cert !== undefined && key !== undefined) createSecureContext({ cert, key })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const pair = `the client certificate ${origins.cert} and the key ${origins.key}`
    throw credentialsError(`${pair} cannot be used together: ${reason}`, cause)
  }
}
