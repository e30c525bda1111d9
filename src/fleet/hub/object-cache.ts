// The objects of one resource of the hub by name, as a reflector puts them. A relist is mark and sweep.
import { asFields } from '../../kube/fields.ts'
import type { Sink } from '../../kube/sink.ts'
import { stringOf } from '../api/unstructured.ts'

export class ObjectCache<T> implements Sink {
  readonly #trim: (raw: unknown) => T
  readonly #objects = new Map<string, T>()
  readonly #listeners = new Set<() => void>()
  #unconfirmed: Set<string> | undefined
  #listed = false
  #changed = false

  constructor(trim: (raw: unknown) => T) {
    this.#trim = trim
  }

  /** True once there was a complete list. */
  get listed(): boolean {
    return this.#listed
  }

  get objects(): ReadonlyMap<string, T> {
    return this.#objects
  }

  /** Told after each batch of changes. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener)
  }

  put(raw: unknown): void {
    const name = nameOf(raw)
    if (name === '') return
    this.#unconfirmed?.delete(name)
    this.#objects.set(name, this.#trim(raw))
    this.#changed = true
  }

  remove(raw: unknown): void {
    if (this.#objects.delete(nameOf(raw))) this.#changed = true
  }

  beginList(): void {
    this.#unconfirmed = new Set(this.#objects.keys())
  }

  endList(_resource: string, complete: boolean): void {
    const unconfirmed = this.#unconfirmed ?? new Set()
    this.#unconfirmed = undefined
    if (!complete) return
    for (const name of unconfirmed) this.#objects.delete(name)
    if (unconfirmed.size > 0 || !this.#listed) this.#changed = true
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
