// Kubeconfig to recipe, through a child process: it imports @kubernetes/client-node, which costs 70 to 90 MB
// for good in whatever process does so, and runs exec plugins, which may hang. The child lives for about
// half a second, at start and when the kubeconfig changes, expires or is refused.
import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ClientConfig, credentialsError, readHashed } from './credentials.ts'
import { asFields } from './fields.ts'

const CHILD_TIMEOUT_MS = 60_000
const MAX_OUTPUT = 4_000_000

// Beside this file and with its extension: src/*.ts when run with type stripping, dist/*.js when compiled.
const thisFile = fileURLToPath(import.meta.url)
const childFile = fileURLToPath(new URL(`./credentials-child${extname(thisFile)}`, import.meta.url))

export interface KubeconfigSpec {
  readonly file: string
  readonly context?: string
}

/** A kubeconfig as text, from somewhere that is not trusted with our files and programs. */
export interface KubeconfigText {
  readonly text: string
  /** Where it is from, for messages. */
  readonly from: string
}

/** What the child prints: a recipe without hashes, or an error text. */
export type ChildResult =
  | { readonly clientConfig: Omit<ClientConfig, 'hashes'> }
  | { readonly error: string }

/** Resolves a context of a kubeconfig; throws ApiError "credentials". */
export async function resolveKubeconfig(
  spec: KubeconfigSpec,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ClientConfig> {
  // Hashed before the child reads it: a change in between is seen by the next check.
  const hashes = new Map<string, string>()
  await readHashed(spec.file, hashes)
  return { ...(await resolveInChild(spec, spec.file, env, signal)), hashes }
}

/**
 * Resolves the current context of a text. One that names files, an exec plugin or an auth provider is refused.
 * Throws ApiError "credentials".
 */
export async function resolveKubeconfigText(
  spec: KubeconfigText,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ClientConfig> {
  return { ...(await resolveInChild(spec, spec.from, env, signal)), hashes: new Map() }
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
    // Said below.
  }
  throw credentialsError(`kubeconfig ${from}: the process that reads it printed no result`)
}

function runChild(
  input: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that a hanging exec plugin ends with it.
    const proc = spawn(process.execPath, ['--no-warnings', childFile], {
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
        // It ended by itself.
      }
    }
    const onAbort = () => stop('it was stopped')
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
    proc.on('close', (code) => {
      const lastError = errorOutput.trim().replaceAll(/\s+/g, ' ').slice(-300)
      settle(stopReason || (code === 0 ? '' : `the child process ended with ${code}: ${lastError}`))
    })
    proc.stdin.on('error', () => {})
    proc.stdin.end(input)
  })
}
