// Reads and confirms the identity of one member. A refused identity is read again until it is accepted: objects of
// another cluster must not replace the cached ones.

import { errorText } from '../../errors.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { FullClientDeps } from '../../kube/client-deps.ts'
import { sleep } from '../../kube/clock.ts'
import { OutageBackoff } from '../../kube/outage-backoff.ts'
import { type Identities, type ReadIdentity, readIdentity } from './identity.ts'

/** Milliseconds for which a confirmed identity is reused, so that concurrent lists read it once. */
const IDENTITY_MS = 5000
/** Milliseconds after which a probe reads the whole identity again: only the ClusterProperty may have changed. */
const CONFIRM_MS = 60_000
/** Milliseconds until a refused identity is read again: the ClusterProperty may have been corrected. */
const REFUSED_MS = 10_000

interface IdentityCheckOptions {
  /** The configured id. */
  readonly name: string
  readonly client: ApiClient
  readonly identities: Identities
  readonly deps: FullClientDeps
  /** Called with each failure. */
  readonly onError: (error: unknown) => void
  /** Called when `refused` changes. */
  readonly onChange: () => void
  /** Called when a rebuilt cluster is accepted, before `onChange`. */
  readonly onReplaced: () => void
}

/** The identity of one member, as last accepted. */
export class IdentityCheck {
  readonly #options: IdentityCheckOptions
  #id: string | undefined
  #uid = ''
  #created = ''
  #refused = false
  /** When the identity was last confirmed (Clock.now, ms). */
  #confirmedAt = Number.NEGATIVE_INFINITY

  constructor(options: IdentityCheckOptions) {
    this.#options = options
  }

  /** Id in the clusterset; undefined until an identity was accepted. */
  get id(): string | undefined {
    return this.#id
  }

  /** UID of the kube-system namespace; '' until an identity was accepted. */
  get uid(): string {
    return this.#uid
  }

  /** creationTimestamp of the kube-system namespace; '' until an identity was accepted. */
  get created(): string {
    return this.#created
  }

  /** True when the last identity that was read was refused: another cluster answers than the cached one. */
  get refused(): boolean {
    return this.#refused
  }

  /** Reads the identity until it is accepted; resolves to the id, or to undefined when the signal aborts before. */
  async identify(signal: AbortSignal): Promise<string | undefined> {
    const { name, onError } = this.#options
    const { clock, log, random } = this.#options.deps
    const backoff = new OutageBackoff(random, clock)
    let loggedError = ''
    while (!signal.aborted) {
      try {
        const { id, uid, created } = this.#claim(await this.#read(signal))
        this.#uid = uid
        this.#created = created
        this.#id = id
        return id
      } catch (error) {
        if (signal.aborted) return undefined
        const message = errorText(error)
        onError(error)
        if (loggedError !== message) log.error(`cluster ${name}: ${message}`)
        loggedError = message
        const wait = error instanceof ApiError ? backoff.next(error.retryAfterMs) : REFUSED_MS
        await sleep(clock, wait, signal)
      }
    }
    return undefined
  }

  /** Confirms the identity before a list or watch, unless it was confirmed a moment ago. Rejects when it changed. */
  async confirmForWatch(signal: AbortSignal): Promise<void> {
    if (this.#refused || this.#age() >= IDENTITY_MS) await this.#confirm(signal)
  }

  /** Confirms the identity when the `uid` that a probe read differs, or after CONFIRM_MS. Rejects when it changed. */
  async confirmForProbe(uid: string, signal: AbortSignal): Promise<void> {
    if (this.#refused || uid !== this.#uid || this.#age() >= CONFIRM_MS) await this.#confirm(signal)
  }

  async #confirm(signal: AbortSignal): Promise<void> {
    const { onError, onReplaced } = this.#options
    const identity = await this.#read(signal)
    try {
      const { uid, created } = this.#claim(identity)
      if (this.#uid !== uid) {
        this.#created = created
        onReplaced()
      }
      this.#uid = uid
      this.#setRefused(false)
    } catch (error) {
      onError(error)
      this.#setRefused(true)
      throw error
    }
  }

  #read(signal: AbortSignal): Promise<ReadIdentity> {
    return readIdentity(this.#options.client, this.#options.name, signal)
  }

  /** Returns `identity` after it was accepted. */
  #claim(identity: ReadIdentity): ReadIdentity {
    const { name, identities, deps } = this.#options
    identities.claim(name, identity)
    this.#confirmedAt = deps.clock.now()
    return identity
  }

  /** Milliseconds since the identity was last confirmed. */
  #age(): number {
    return this.#options.deps.clock.now() - this.#confirmedAt
  }

  #setRefused(refused: boolean): void {
    if (this.#refused === refused) return
    this.#refused = refused
    this.#options.onChange()
  }
}
