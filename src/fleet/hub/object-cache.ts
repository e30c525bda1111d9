// Informer store of one resource of the hub, by object name. A relist is mark and sweep.
import { asFields } from '../../kube/fields.ts'
import { RelistTracker } from '../../kube/relist-tracker.ts'
import type { Sink } from '../../kube/sink.ts'
import { stringOf } from '../api/unstructured.ts'

/** Objects converted by `convert`, filled by a reflector. */
export class ObjectCache<T> implements Sink {
  readonly #convert: (raw: unknown) => T
  readonly #objects = new Map<string, T>()
  readonly #listeners = new Set<() => void>()
  readonly #relist = new RelistTracker()
  #listed = false
  #changed = false

  constructor(convert: (raw: unknown) => T) {
    this.#convert = convert
  }

  /** True after the first complete list. */
  get listed(): boolean {
    return this.#listed
  }

  /** The objects by name. */
  get objects(): ReadonlyMap<string, T> {
    return this.#objects
  }

  /** Calls the listener after each batch of changes, and after the first list even when it is empty. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener)
  }

  put(raw: unknown): void {
    const name = nameOf(raw)
    if (name === '') return
    this.#relist.confirm(name)
    this.#objects.set(name, this.#convert(raw))
    this.#changed = true
  }

  remove(raw: unknown): void {
    if (this.#objects.delete(nameOf(raw))) this.#changed = true
  }

  beginList(): void {
    this.#relist.begin(this.#objects.keys())
  }

  endList(_resource: string, complete: boolean): void {
    const stale = this.#relist.end(complete)
    if (stale === undefined) return
    for (const name of stale) this.#objects.delete(name)
    if (stale.size > 0 || !this.#listed) this.#changed = true
    this.#listed = true
  }

  flush(): void {
    if (!this.#changed) return
    this.#changed = false
    for (const listener of this.#listeners) listener()
  }
}

function nameOf(raw: unknown): string {
  return stringOf(asFields(asFields(raw)?.metadata)?.name)
}
