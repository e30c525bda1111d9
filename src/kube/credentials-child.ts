// The short-lived process that kubeconfig.ts starts: it reads {file, context} or {text, from} from stdin and prints a
// client config to stdout. It is the only file that imports @kubernetes/client-node, which reads kubeconfigs and runs
// exec plugins and auth providers. Features that the library lacks are here, as in client-go: tokenFile, impersonated
// groups, data before file, paths relative to the kubeconfig, KUBERNETES_EXEC_INFO.
import { existsSync, readFileSync } from 'node:fs'
import { setGlobalProxyFromEnv } from 'node:http'
import { dirname, isAbsolute, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node'
import { errorText } from '../errors.ts'
import { authenticatorsOf, boundExecOutput } from './bounded-exec.ts'
import type { ClientConfig, FileOrData } from './credentials.ts'
import { asFields, type Fields, listOf } from './fields.ts'
import {
  type ChildResult,
  type KubeconfigSpec,
  type KubeconfigText,
  kubeconfigFiles,
  kubeconfigName,
} from './kubeconfig.ts'
import { mergeKubeconfigs } from './merge-kubeconfigs.ts'
import { parseQuietly } from './parse-quietly.ts'
import { pluginSecrets, shownOutput } from './plugin-output.ts'
import { proxyFor, shownProxy } from './proxy.ts'
import { readServerUrl, type ServerUrl } from './server-url.ts'
import { jwtClaims } from './token-claims.ts'
import { usedEntries } from './used-entries.ts'

type Input = KubeconfigSpec | KubeconfigText

/** Fields that name a local file or program. */
const EXTERNAL_CLUSTER_FIELDS = ['certificate-authority']
const EXTERNAL_USER_FIELDS = [
  'client-certificate',
  'client-key',
  'tokenFile',
  'token-file',
  'exec',
  'auth-provider',
]

try {
  const clientConfig = await resolve(JSON.parse(await text(process.stdin)) as Input)
  print({ clientConfig })
} catch (error) {
  const text = errorText(error)
  // The output of a plugin becomes part of a log line, so it must be one line.
  print({
    error: text
      .trim()
      .replace(/\s*[\r\n]+\s*/g, ' ')
      .slice(0, 1000),
  })
}

function print(result: ChildResult): void {
  process.stdout.write(JSON.stringify(result), () => process.exit(0))
}

async function resolve(input: Input): Promise<Omit<ClientConfig, 'hashes'>> {
  const isText = 'text' in input
  const file = isText ? input.from : kubeconfigName(input)
  const context = isText ? undefined : input.context
  const parsed = isText ? parseConfig(input.text) : readConfig(input)
  if (isText) rejectExternalFields(parsed)
  const config = new KubeConfig()
  // The library gets the parsed config, not the text: its YAML parser may read the text differently, and its errors
  // quote lines that hold tokens.
  config.loadFromString(JSON.stringify(usedEntries(parsed, context)))
  const selected = config.contexts[0]!
  const cluster = config.clusters[0]!
  const user = config.users[0]
  const { server, authorization } = serverOf(cluster)
  const raw = rawUser(parsed, selected.user)
  const folder = dirname(file)
  const fileOrData = (data: unknown, path: unknown, from: string): FileOrData | undefined => {
    // Data overrides the file, as in client-go.
    if (typeof data === 'string' && data !== '') {
      return { data: Buffer.from(data, 'base64').toString('utf8'), from: `${from} of ${file}` }
    }
    if (typeof path !== 'string' || path === '') return undefined
    return { file: isAbsolute(path) ? path : join(folder, path) }
  }
  const runProvider = isText || input.runProvider !== false
  const provided =
    runProvider && user ? await fromProvider(user, cluster, raw, folder, file) : undefined
  const token = fileOrData(undefined, raw.tokenFile, '') ?? inlineToken(raw.token, file)
  return {
    server,
    insecure: cluster.skipTLSVerify === true,
    headers: { ...defined({ authorization }), ...headersOf(raw) },
    ...defined({
      ca: fileOrData(cluster.caData, cluster.caFile, 'certificate-authority-data'),
      cert: provided?.cert ?? fileOrData(user?.certData, user?.certFile, 'client-certificate-data'),
      key: provided?.key ?? fileOrData(user?.keyData, user?.keyFile, 'client-key-data'),
      token: token ?? provided?.token,
      servername: cluster.tlsServerName,
      proxyUrl: cluster.proxyUrl,
      namespace: selected.namespace,
      expiresAt: provided?.expiresAt,
    }),
  }
}

/** The kubeconfig of one file, or the merged one of several. */
function readConfig(spec: KubeconfigSpec): Fields {
  if (spec.more === undefined) return parseConfig(readFileSync(spec.file, 'utf8'))
  const found = kubeconfigFiles(spec).filter((file) => existsSync(file))
  return mergeKubeconfigs(
    found.map((file) => {
      const content = readFileSync(file, 'utf8')
      try {
        // kubectl takes a file that is empty, or has only comments, for one without entries.
        return { file, fields: mappingOf(parseQuietly(content) ?? {}) }
      } catch (error) {
        throw new Error(`${file}: ${errorText(error)}`)
      }
    }),
  )
}

/** The parsed YAML of a kubeconfig; error messages never quote its text, which holds tokens. */
function parseConfig(content: string): Fields {
  return mappingOf(parseQuietly(content))
}

function mappingOf(parsed: unknown): Fields {
  const fields = asFields(parsed)
  if (fields === undefined) throw new Error('it is not a YAML mapping')
  return fields
}

/**
 * Rejects a kubeconfig text that names local files or programs: its author must not read files or run programs on this
 * machine. All users are checked, not just the selected one, because client-node reads the token files of all.
 */
function rejectExternalFields(config: Fields): void {
  const fieldsPresent = (entries: unknown, part: string, names: readonly string[]) =>
    listOf(entries).flatMap((entry) => {
      const fields = asFields(asFields(entry)?.[part]) ?? {}
      return names.filter((name) => fields[name])
    })
  const external = new Set([
    ...fieldsPresent(config.clusters, 'cluster', EXTERNAL_CLUSTER_FIELDS),
    ...fieldsPresent(config.users, 'user', EXTERNAL_USER_FIELDS),
  ])
  if (external.size === 0) return
  throw new Error(
    `${[...external].join(', ')}: this kubeconfig must not name files or run programs; embed the data or a token instead`,
  )
}

function serverOf({ name, server }: Cluster): ServerUrl {
  try {
    return readServerUrl(server)
  } catch (error) {
    throw new Error(`cluster "${name}": ${errorText(error)}`)
  }
}

/** The raw fields of a user: client-node drops unknown fields. */
function rawUser({ users }: Fields, name: string | undefined): Fields {
  const entry = Array.isArray(users)
    ? users.find((user) => asFields(user)?.name === name)
    : undefined
  return asFields(asFields(entry)?.user) ?? {}
}

function inlineToken(token: unknown, file: string): FileOrData | undefined {
  return typeof token === 'string' && token !== '' ? { data: token, from: file } : undefined
}

function headersOf(raw: Fields): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  if (typeof raw.username === 'string' && raw.username !== '') {
    const pair = `${raw.username}:${String(raw.password ?? '')}`
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
  }
  if (typeof raw.as === 'string') headers['impersonate-user'] = raw.as
  if (typeof raw['as-uid'] === 'string') headers['impersonate-uid'] = raw['as-uid']
  const groups = raw['as-groups']
  if (Array.isArray(groups)) headers['impersonate-group'] = groups.map(String)
  for (const [key, values] of Object.entries(asFields(raw['as-user-extra']) ?? {})) {
    const name = `impersonate-extra-${encodeURIComponent(key).toLowerCase()}`
    headers[name] = Array.isArray(values) ? values.map(String) : [String(values)]
  }
  return headers
}

/** The credentials that an exec plugin or auth provider returns; undefined for a user without one. */
async function fromProvider(
  user: User,
  cluster: Cluster,
  raw: Fields,
  folder: string,
  file: string,
) {
  if (!user.exec && !user.authProvider) return undefined
  const exec = prepareExec(user, cluster, raw, folder)
  // Only the provider is called here: the cluster entry has no files, and no HTTP agent is made from the config.
  const { certData, certFile, keyData, keyFile, token, username, password, ...providerUser } = user
  const config = new KubeConfig()
  const clusterEntry = { name: 'cluster', server: cluster.server, skipTLSVerify: true }
  config.loadFromOptions({
    clusters: [clusterEntry],
    users: [providerUser],
    contexts: [{ name: 'context', cluster: 'cluster', user: user.name }],
    currentContext: 'context',
  })
  boundExecOutput(config)
  const options: { cert?: unknown; key?: unknown; headers?: Fields } = {}
  if (user.authProvider) useEnvironmentProxy(asFields(asFields(raw['auth-provider'])?.config) ?? {})
  try {
    await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0])
  } catch (error) {
    throw new Error(`user "${user.name}": ${exec} failed: ${failureOf(error, raw)}`)
  }
  const from = `the output of ${exec} (${file})`
  const header = String(options.headers?.Authorization ?? '')
  const bearer = header.startsWith('Bearer ') ? header.slice(7).trim() : ''
  const cert = typeof options.cert === 'string' ? options.cert : ''
  if (bearer === '' && cert === '') {
    throw new Error(`user "${user.name}": ${exec} returned neither a token nor a certificate`)
  }
  return {
    cert: cert === '' ? undefined : { data: cert, from },
    key: typeof options.key === 'string' ? { data: options.key, from } : undefined,
    token: bearer === '' ? undefined : { data: bearer, from },
    expiresAt: expiryOf(config, user.name) ?? tokenExpiry(bearer),
  }
}

/** Why an exec plugin or auth provider failed. The errors of JSON.parse and spawn quote what they refuse. */
function failureOf(error: unknown, user: Fields): string {
  if (error instanceof SyntaxError) return 'its output is not JSON'
  if (asFields(error)?.code === 'ERR_INVALID_ARG_VALUE')
    return 'its command, arguments or environment have a NUL byte'
  if (error instanceof TypeError && user.exec !== undefined)
    return 'its output is not an ExecCredential with a status'
  const text = shownOutput(errorText(error), pluginSecrets(user, process.env))
  return text || 'it printed no error'
}

/**
 * Sends the requests of an auth provider through the proxy that the environment names for its issuer, as client-go
 * does. Throws an Error where that is not possible, so that no credential goes past a proxy.
 */
function useEnvironmentProxy(provider: Fields): void {
  const issuer = String(provider['idp-issuer-url'] ?? '')
  const proxy = proxyFor(issuer, undefined, process.env)
  if (proxy === undefined) return
  const hasOwnCa =
    provider['idp-certificate-authority'] || provider['idp-certificate-authority-data']
  const unsupported = proxy.startsWith('socks') ? 'a SOCKS proxy' : hasOwnCa ? 'an idp CA' : ''
  if (unsupported !== '') {
    throw new Error(
      `auth-provider: ${unsupported} together with the proxy ${shownProxy(proxy)} is not supported; ` +
        'use an exec plugin, or list the issuer in NO_PROXY',
    )
  }
  setGlobalProxyFromEnv({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy })
}

/** Sets the plugin's path and environment as client-go does; returns the plugin's name for messages. */
function prepareExec(user: User, cluster: Cluster, raw: Fields, folder: string): string {
  const exec = asFields(raw.exec)
  if (exec === undefined || !user.exec) {
    return `auth-provider ${String(asFields(raw['auth-provider'])?.name ?? '')}`
  }
  const command = String(exec.command ?? '')
  if (command.includes('/') && !isAbsolute(command)) user.exec.command = join(folder, command)
  const info = exec.provideClusterInfo === true ? clusterInfo(cluster, folder) : undefined
  process.env.KUBERNETES_EXEC_INFO = JSON.stringify({
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false, ...(info && { cluster: info }) },
  })
  return `exec plugin "${command}"`
}

function clusterInfo(cluster: Cluster, folder: string): Fields {
  const { caData, caFile } = cluster
  const path = caFile && (isAbsolute(caFile) ? caFile : join(folder, caFile))
  return {
    server: cluster.server,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    ...defined({
      'tls-server-name': cluster.tlsServerName,
      'proxy-url': cluster.proxyUrl,
      'certificate-authority-data': caData ?? (path && readFileSync(path).toString('base64')),
    }),
  }
}

/** When the plugin's credentials expire: client-node keeps them in a private cache by user name. */
function expiryOf(config: KubeConfig, userName: string): number | undefined {
  for (const authenticator of authenticatorsOf(config)) {
    const answer = asFields(asFields(asFields(authenticator)?.tokenCache)?.[userName])
    const stamp = Date.parse(String(asFields(answer?.status)?.expirationTimestamp))
    if (Number.isFinite(stamp)) return stamp
  }
  return undefined
}

/** The `exp` claim of a JWT in milliseconds since 1970; undefined for other tokens. */
function tokenExpiry(token: string): number | undefined {
  const exp = jwtClaims(token)?.exp
  return typeof exp === 'number' ? exp * 1000 : undefined
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(values: T): Defined<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Defined<T>
}
