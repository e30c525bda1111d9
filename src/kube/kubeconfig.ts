// Resolves a kubeconfig into a client config in a child process. The child imports @kubernetes/client-node, which would
// cost this process 70 to 90 MB for good, and runs exec plugins, which may hang. It takes about half a second, at start
// and when the kubeconfig changes, its credentials expire or the API server rejects them.
import { spawn } from 'node:child_process'
import { delimiter, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type ClientConfig,
  credentialsError,
  NO_FILE,
  readHashed,
  readHashedIfExists,
} from './credentials.ts'
import { asFields } from './fields.ts'
import { withoutTokens } from './plugin-output.ts'
import { type UnsafeFeature, unsafeProblem } from './unsafe-fields.ts'

const CHILD_TIMEOUT_MS = 60_000
/** In characters. */
const MAX_OUTPUT = 4_000_000

// The child is beside this file with the same extension: .ts with type stripping, .js when compiled.
const thisFile = fileURLToPath(import.meta.url)
const childFile = fileURLToPath(new URL(`./credentials-child${extname(thisFile)}`, import.meta.url))

/** A kubeconfig file; `context` defaults to its current-context. */
export interface KubeconfigSpec {
  readonly file: string
  /** The files after it in a list such as $KUBECONFIG. They are merged, and files that do not exist are left out. */
  readonly more?: readonly string[]
  readonly context?: string
  /** False: the client config comes without the credentials of an exec plugin or auth provider. */
  readonly runProvider?: boolean
}

/**
 * A kubeconfig as text. Its author is not trusted: it must not name local files or programs, and must not use an unsafe
 * feature that is not allowed.
 */
export interface KubeconfigText {
  readonly text: string
  /** Where the text is from, for messages. */
  readonly from: string
  readonly allow: readonly UnsafeFeature[]
}

/** The output of the child: a client config without hashes, or an error text. */
export type ChildResult =
  | { readonly clientConfig: Omit<ClientConfig, 'hashes'> }
  | { readonly error: string }

/** Resolves a context of a kubeconfig; throws ApiError "credentials". */
export async function resolveKubeconfig(
  spec: KubeconfigSpec,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ClientConfig> {
  // The hash is taken before the child reads the file, so the next check detects a change in between.
  const hashes = new Map<string, string>()
  if (spec.more === undefined) await readHashed(spec.file, hashes)
  else await readExisting(kubeconfigFiles(spec), hashes)
  return { ...(await resolveInChild(spec, kubeconfigName(spec), env, signal)), hashes }
}

/** The files of the spec, the first before the others. */
export function kubeconfigFiles({ file, more = [] }: KubeconfigSpec): readonly string[] {
  return [file, ...more]
}

/** The file, or the files as $KUBECONFIG lists them, for messages. */
export function kubeconfigName(spec: KubeconfigSpec): string {
  return kubeconfigFiles(spec).join(delimiter)
}

/** Records the hashes of all files. Throws ApiError "credentials" if none exists, or one cannot be read. */
async function readExisting(files: readonly string[], hashes: Map<string, string>): Promise<void> {
  for (const file of files) await readHashedIfExists(file, hashes)
  if ([...hashes.values()].every((hash) => hash === NO_FILE)) {
    throw credentialsError(`none of these kubeconfigs exists: ${files.join(', ')}`)
  }
}

/**
 * Resolves the current context of a kubeconfig text. Throws ApiError "credentials", also for a text that names files,
 * an exec plugin or an auth provider, or that uses an unsafe feature.
 */
export async function resolveKubeconfigText(
  spec: KubeconfigText,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ClientConfig> {
  const { from, allow } = spec
  const config = { ...(await resolveInChild(spec, from, env, signal)), hashes: new Map() }
  const problem = unsafeProblem(config, allow)
  if (problem !== '') throw credentialsError(`kubeconfig ${from}: ${problem}`)
  return config
}

async function resolveInChild(
  spec: KubeconfigSpec | KubeconfigText,
  from: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Omit<ClientConfig, 'hashes'>> {
  const result = parseResult(await runChild(JSON.stringify(spec), env, signal), from)
  if ('error' in result) throw credentialsError(`kubeconfig ${from}: ${result.error}`)
  return result.clientConfig
}

function parseResult(output: string, from: string): ChildResult {
  try {
    const fields = asFields(JSON.parse(output))
    if (fields?.clientConfig !== undefined || fields?.error !== undefined)
      return fields as ChildResult
  } catch {
    // The error is thrown below.
  }
  throw credentialsError(`kubeconfig ${from}: the process that resolves it printed no result`)
}

function runChild(
  input: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // The child leads its own process group, so that a hanging exec plugin is killed with it.
    // Without the flag SIGUSR1 would open Node's inspector, and with it the credentials.
    const flags = ['--disable-sigusr1', '--no-warnings']
    const proc = spawn(process.execPath, [...flags, childFile], {
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let output = ''
    let errorOutput = ''
    let stopReason = ''
    const stop = (reason: string) => {
      stopReason ||= reason
      if (proc.pid === undefined) return
      try {
        process.kill(-proc.pid, 'SIGKILL')
      } catch {
        // The child has already ended.
      }
    }
    const onAbort = () => stop('it was aborted')
    const seconds = CHILD_TIMEOUT_MS / 1000
    const timer = setTimeout(() => stop(`no result in ${seconds} seconds`), CHILD_TIMEOUT_MS)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    proc.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length > MAX_OUTPUT) stop('its output is too long')
    })
    proc.stderr.setEncoding('utf8').on('data', (text: string) => {
      errorOutput = (errorOutput + text).slice(-2000)
    })
    const settle = (error: string) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      if (error === '') resolve(output)
      else reject(credentialsError(`the kubeconfig cannot be resolved: ${error}`))
    }
    proc.on('error', (error) => settle(error.message))
    proc.on('close', (code, killedBy) => {
      const lastError = withoutTokens(errorOutput).slice(-300)
      const ended = `the child process ended with ${code ?? killedBy}: ${lastError}`
      settle(stopReason || (code === 0 ? '' : ended))
    })
    proc.stdin.on('error', () => {})
    proc.stdin.end(input)
  })
}
