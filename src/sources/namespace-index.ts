// The namespaces of a source. A namespace exists when there is a Namespace object, and when it has a ServiceImport or a
// Service: that object can be read before its namespace, or without the right to read Namespaces.
import { entryBytes } from '../kube/entry-bytes.ts'

/** The labels of a Namespace object as NamespaceIndex keeps them; '' where labels are not read. */
export function packLabels(labels: Readonly<Record<string, string>> | undefined): string {
  return labels === undefined ? '' : JSON.stringify(labels)
}

/** Namespaces with their labels. */
export class NamespaceIndex {
  /** The packed labels of each Namespace object. */
  readonly #objects = new Map<string, string>()
  /** The number of objects that imply each namespace. */
  readonly #implied = new Map<string, number>()

  /** The number of Namespace objects. */
  get size(): number {
    return this.#objects.size
  }

  /** The names of all Namespace objects. */
  keys(): Iterable<string> {
    return this.#objects.keys()
  }

  /** The packed labels of each Namespace object. */
  objects(): Iterable<[string, string]> {
    return this.#objects.entries()
  }

  /** The names of all namespaces that exist. */
  *names(): Iterable<string> {
    yield* this.#objects.keys()
    for (const name of this.#implied.keys()) if (!this.#objects.has(name)) yield name
  }

  has(name: string): boolean {
    return this.#objects.has(name) || this.#implied.has(name)
  }

  /** The labels of a Namespace object; undefined without the object. */
  labels(name: string): Readonly<Record<string, string>> | undefined {
    const packed = this.#objects.get(name)
    if (packed === undefined) return undefined
    return packed === '' ? {} : (JSON.parse(packed) as Record<string, string>)
  }

  /** By about how many bytes the index grows when the Namespace object is set, or deleted where `packed` is undefined. */
  growth(name: string, packed: string | undefined): number {
    return entryBytes(name, packed) - entryBytes(name, this.#objects.get(name))
  }

  /** Adds or replaces a Namespace object with packed labels; true when its existence or its labels changed. */
  set(name: string, packed: string): boolean {
    const previous = this.#objects.get(name)
    this.#objects.set(name, packed)
    return previous === undefined ? packed !== '' || !this.#implied.has(name) : previous !== packed
  }

  /** Removes a Namespace object; true when something changed by it. */
  delete(name: string): boolean {
    const previous = this.#objects.get(name)
    this.#objects.delete(name)
    return previous !== undefined && (previous !== '' || !this.#implied.has(name))
  }

  /** By about how many bytes the index grows with this step of `imply`. */
  growthOfImplied(name: string, step: 1 | -1): number {
    const before = this.#implied.get(name) ?? 0
    return before === 0 || before + step === 0 ? step * entryBytes(name, '') : 0
  }

  /** An object in the namespace came (1) or went (-1); true when the existence of the namespace changed. */
  imply(name: string, step: 1 | -1): boolean {
    const before = this.#implied.get(name) ?? 0
    if (before + step > 0) this.#implied.set(name, before + step)
    else this.#implied.delete(name)
    return (before === 0 || before + step === 0) && !this.#objects.has(name)
  }
}
