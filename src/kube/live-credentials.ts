// Credentials that stay valid while the program runs: the files they come from are compared every ten
// seconds, exec tokens are renewed before they expire, and a 401 reads everything anew at once. What does
// not work (a file gone, half of a rotation) never replaces what did.
import type { Log } from '../log.ts'
import { type ApiError, asApiError } from './api-error.ts'
import { type Clock, sleep } from './clock.ts'
import {
  authHeaders,
  type Credentials,
  connectionKey,
  filesChanged,
  type Recipe,
  readRecipe,
} from './credentials.ts'

const CHECK_MS = 10_000
/** A server that refuses for another reason must not make us run exec plugins all the time. */
const REFUSED_FLOOR_MS = 5000
const MAX_EARLY_MS = 60_000

export interface LiveCredentialsOptions {
  readonly makeRecipe: (signal: AbortSignal) => Promise<Recipe>
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onError: (error: ApiError) => void
}

export class LiveCredentials {
  readonly #options: LiveCredentialsOptions
  #recipe: Recipe | undefined
  #current: Credentials | undefined
  #loading: Promise<Credentials> | undefined
  /** Wall time from which an expiring recipe is made anew. */
  #renewAt = Number.POSITIVE_INFINITY
  #checkedAt = Number.NEGATIVE_INFINITY
  #refusedAt = Number.NEGATIVE_INFINITY
  #complaint = ''
  readonly #listeners = new Set<(credentials: Credentials) => void>()

  constructor(options: LiveCredentialsOptions) {
    this.#options = options
    this.#poll().catch(() => {})
  }

  /** Called with new credentials when the connection part changed (`connectionKey`). */
  onReplaced(listener: (credentials: Credentials) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The credentials to use now; throws ApiError "credentials" when there never were any. */
  async get(): Promise<Credentials> {
    if (this.#current === undefined) return this.#load(true)
    await this.#check()
    return this.#current
  }

  /** A 401 was answered to `used`. True when there are other credentials now, so trying again makes sense. */
  async refused(used: Credentials): Promise<boolean> {
    const { clock } = this.#options
    if (this.#current === used && clock.now() - this.#refusedAt >= REFUSED_FLOOR_MS) {
      this.#refusedAt = clock.now()
      await this.#load(true).catch(() => {})
    }
    return this.#current !== undefined && !sameIdentity(this.#current, used)
  }

  async #poll(): Promise<void> {
    const { clock, signal } = this.#options
    while (!signal.aborted) {
      const early = this.#renewAt - clock.wall()
      await sleep(clock, Math.min(CHECK_MS, Math.max(early, 1000)), signal)
      if (this.#current !== undefined && !signal.aborted) await this.#check()
    }
  }

  async #check(): Promise<void> {
    const { clock } = this.#options
    if (clock.wall() >= this.#renewAt) {
      // The next try, when this one fails, is a check later.
      this.#renewAt = clock.wall() + CHECK_MS
      await this.#load(true).catch(() => {})
    } else if (clock.now() - this.#checkedAt >= CHECK_MS) {
      this.#checkedAt = clock.now()
      const { hashes } = this.#current ?? {}
      if (hashes === undefined || !(await filesChanged(hashes))) return
      const recipeChanged = this.#recipe === undefined || (await filesChanged(this.#recipe.hashes))
      await this.#load(recipeChanged).catch(() => {})
    }
  }

  /** One load at a time; several reflectors ask at once. */
  #load(fresh: boolean): Promise<Credentials> {
    this.#loading ??= this.#loadNow(fresh).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #loadNow(fresh: boolean): Promise<Credentials> {
    const { makeRecipe, signal, clock, log } = this.#options
    try {
      const recipe = fresh || this.#recipe === undefined ? await makeRecipe(signal) : this.#recipe
      const credentials = await readRecipe(recipe)
      const before = this.#current
      this.#recipe = recipe
      this.#current = credentials
      this.#checkedAt = clock.now()
      if (fresh) this.#renewAt = renewalTime(recipe.expiresAt, clock.wall())
      if (this.#complaint !== '') log.info('the credentials can be used again')
      this.#complaint = ''
      if (before !== undefined && connectionKey(before) !== connectionKey(credentials)) {
        log.info('the credentials changed: connecting anew')
        for (const listener of [...this.#listeners]) listener(credentials)
      }
      return credentials
    } catch (error) {
      const failure = asApiError(error, 'credentials')
      if (!signal.aborted && this.#current !== undefined) this.#complain(failure)
      throw failure
    }
  }

  /** With credentials in hand a failed reload is a warning; without, the reflectors report it. */
  #complain(failure: ApiError): void {
    this.#options.onError(failure)
    if (this.#complaint === failure.message) return
    this.#complaint = failure.message
    this.#options.log.warning(`${failure.message}; the credentials read before stay in use`)
  }
}

/** Renewed a minute, or a quarter of its life, before it ends. */
function renewalTime(expiresAt: number | undefined, now: number): number {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY
  // A plugin that hands out expired tokens is not asked more than once a second.
  return Math.max(expiresAt - Math.min(MAX_EARLY_MS, (expiresAt - now) / 4), now + 1000)
}

function sameIdentity(a: Credentials, b: Credentials): boolean {
  const headers = JSON.stringify(authHeaders(a)) === JSON.stringify(authHeaders(b))
  return headers && connectionKey(a) === connectionKey(b)
}
