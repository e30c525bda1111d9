// Collects what changes in a store, and notifies its subscribers in batches.
import { errorStack } from '../errors.ts'
import type { Log } from '../log.ts'
import type { StoreChange } from './source.ts'

/** What a change names: the sets of StoreChange. */
export type Changed = 'services' | 'localServices' | 'namespaces' | 'pods'

/** The changes of one store. */
export class Changes {
  readonly #log: Log
  readonly #now: () => number
  readonly #listeners = new Set<(change: StoreChange) => void>()
  #pending = noChange()
  #receivedAt: number | undefined
  #isForced = false
  #started = false

  /** `now` is performance.now(). */
  constructor(log: Log, now: () => number) {
    this.#log = log
    this.#now = now
  }

  /** True after the first notification. Changes before it are not collected: it names all objects. */
  get started(): boolean {
    return this.#started
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  add(kind: Changed, key: string, receivedAt: number): void {
    if (!this.#started) return
    this.#receivedAt = Math.min(this.#receivedAt ?? receivedAt, receivedAt)
    this.#pending[kind].add(key)
  }

  /** A Service of the cluster follows a change that happened at `time`, in milliseconds since 1970. */
  addTrigger(service: string, time: number): void {
    if (!this.#started) return
    const known = this.#pending.triggers.get(service) ?? time
    this.#pending.triggers.set(service, Math.min(known, time))
  }

  /** The next flush notifies even without a change. */
  force(): void {
    this.#isForced = true
  }

  /** The first notification, which names all objects. */
  start(all: Readonly<Record<Changed, Iterable<string>>>): void {
    this.#started = true
    const { services, localServices, namespaces, pods } = all
    this.#pending = {
      services: new Set(services),
      localServices: new Set(localServices),
      namespaces: new Set(namespaces),
      pods: new Set(pods),
      triggers: new Map(),
    }
    this.#notify()
  }

  /** Starts without a notification: subscribers know all objects. */
  startKnown(): void {
    this.#started = true
  }

  /** Notifies of the changes since the last notification, if there are any. */
  flush(): void {
    if (this.#isForced || this.#receivedAt !== undefined) this.#notify()
  }

  #notify(): void {
    const change = { ...this.#pending, receivedAt: this.#receivedAt ?? this.#now() }
    this.#pending = noChange()
    this.#receivedAt = undefined
    this.#isForced = false
    for (const listener of [...this.#listeners]) {
      try {
        listener(change)
      } catch (error) {
        const text = errorStack(error)
        this.#log.error(`a subscriber of the store failed: ${text.replaceAll('\n', ' ')}`)
      }
    }
  }
}

function noChange() {
  return {
    services: new Set<string>(),
    localServices: new Set<string>(),
    namespaces: new Set<string>(),
    pods: new Set<string>(),
    triggers: new Map<string, number>(),
  }
}
