// The current credentials of one API server. They are loaded with the first request, and again when their files change,
// before they expire, and when the API server rejects them.
import { errorText } from '../errors.ts'
import { type ApiSpec, loadClientConfig } from './client-config.ts'
import type { FullClientDeps } from './client-deps.ts'
import {
  type ClientConfig,
  type Credentials,
  filesChanged,
  readCredentials,
} from './credentials.ts'
import { hideOwnSecrets } from './own-secrets.ts'

/** How often credential files are checked for changes, and the least time between two reloads after a 401. */
export const CHECK_MS = 10_000
/** Credentials are renewed this long before they expire. */
const EXPIRY_MARGIN_MS = 60_000

/** Loads and renews the credentials that `spec` names. */
export class CredentialKeeper {
  readonly #spec: ApiSpec
  readonly #deps: FullClientDeps
  #clientConfig: ClientConfig | undefined
  #credentials: Credentials | undefined
  #checkedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<Credentials> | undefined
  /** Aborts loading the credentials. Concurrent requests share a load, so their own signals do not abort it. */
  readonly #stop = new AbortController()

  constructor(spec: ApiSpec, deps: FullClientDeps) {
    this.#spec = spec
    this.#deps = deps
  }

  /** The URL of the API server; '' before the credentials are loaded. */
  get server(): string {
    return this.#credentials?.server ?? ''
  }

  /** The namespace of the kubeconfig's context; undefined without one, and before the credentials are loaded. */
  get namespace(): string | undefined {
    return this.#credentials?.namespace
  }

  /** The credentials for the next request. Rejects with ApiError "credentials", or when the signal aborts. */
  async current(signal: AbortSignal): Promise<Credentials> {
    const { clock, log } = this.#deps
    const credentials = this.#credentials
    const now = clock.now()
    if (credentials === undefined) return this.#load(signal, true)
    const expires = credentials.expiresAt ?? Number.POSITIVE_INFINITY
    if (clock.wall() > expires - EXPIRY_MARGIN_MS) return this.#load(signal, true)
    if (now - this.#checkedAt < CHECK_MS) return credentials
    this.#checkedAt = now
    if (!(await filesChanged(credentials.hashes))) return credentials
    try {
      return await this.#load(signal, false)
    } catch (error) {
      // Usually a rotation is half done: the old credentials stay in use while they work.
      log.warning(errorText(error))
      return credentials
    }
  }

  /** The bearer token in use; undefined without one, or when it is from an exec plugin or auth provider, which renew it. */
  get givenToken(): string | undefined {
    const { token, expiresAt } = this.#credentials ?? {}
    return expiresAt === undefined ? token : undefined
  }

  /** `text` without the current credentials. */
  hide(text: string): string {
    return this.#credentials === undefined ? text : hideOwnSecrets(text, this.#credentials)
  }

  /** New credentials, after the API server rejected the current ones. Rejects as `current`. */
  renew(signal: AbortSignal): Promise<Credentials> {
    return this.#load(signal, true)
  }

  /** Discards the credentials; the next request loads them again. */
  discard(): void {
    this.#clientConfig = undefined
    this.#credentials = undefined
    // A load that is running may still return the old credentials.
    this.#loading = undefined
  }

  /** Aborts a load that is running. */
  close(): void {
    this.#stop.abort()
  }

  /**
   * Loads the credentials. Concurrent callers share one load; aborting `signal` rejects for one caller only.
   * `rebuild` resolves the client config again, too, even when its files are unchanged.
   */
  async #load(signal: AbortSignal, rebuild: boolean): Promise<Credentials> {
    signal.throwIfAborted()
    if (this.#loading === undefined) {
      const loading: Promise<Credentials> = this.#read(rebuild, () => this.#loading === loading)
      this.#loading = loading
      const clear = () => {
        if (this.#loading === loading) this.#loading = undefined
      }
      loading.then(clear, clear)
    }
    return unlessAborted(this.#loading, signal)
  }

  async #read(rebuild: boolean, isNewest: () => boolean): Promise<Credentials> {
    // The client config is reused while the files that it was made from are unchanged.
    const reuse =
      !rebuild &&
      this.#clientConfig !== undefined &&
      !(await filesChanged(this.#clientConfig.hashes))
    const { signal } = this.#stop
    const clientConfig = reuse
      ? this.#clientConfig!
      : await loadClientConfig(this.#spec, this.#deps, signal)
    const credentials = await readCredentials(clientConfig)
    if (!isNewest()) return credentials
    this.#clientConfig = clientConfig
    this.#credentials = credentials
    this.#checkedAt = this.#deps.clock.now()
    return credentials
  }
}

/** Settles like `promise`, but rejects when the signal aborts first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
