// Writes the Pods of `pods verified` to the table of their zone (`pod-keys.ts`). A block is the owner of one page, which is
// written with all its changes at once. The page itself is what is known of the block.
import { addressBytes } from '../../dns/address.ts'
import { relativeName } from '../../dns/name.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import { blockKey, blockOf, findPod, NAMESPACE_KEY, POD_DATA, podWords } from './pod-keys.ts'

/** A namespace that has Pods in the table, or addresses that wait. */
interface Namespace {
  readonly name: string
  /** Never used for another namespace. */
  readonly number: number
  pods: number
  waiting: number
}

/** An address that may have come or gone. */
interface Waiting {
  readonly namespace: Namespace
  readonly address: Uint8Array
}

/** The addresses of one block that wait, by their keys. */
interface Block {
  readonly size: number
  readonly block: number
  readonly waiting: Map<string, Waiting>
}

export class PodBlocks {
  readonly #table: TableWriter
  /** True if the Pod with this key, "namespace/IP", exists. */
  readonly #exists: (key: string) => boolean
  readonly #namespaces = new Map<string, Namespace>()
  readonly #blocks = new Map<string, Block>()
  #numbers = 0
  /** The words of one address, and of one block. An array of its own for each would live outside of the heap. */
  readonly #address = new Int32Array(4)
  readonly #addressBytes = new Uint8Array(this.#address.buffer)
  #words = new Int32Array(1024)

  constructor(table: TableWriter, exists: (key: string) => boolean) {
    this.#table = table
    this.#exists = exists
  }

  /** Takes the key of an address that may have come or gone; returns the owner to publish, undefined for no address. */
  note(key: string): string | undefined {
    const slash = key.indexOf('/')
    const address = addressBytes(key.slice(slash + 1))
    const namespace = address && this.#namespace(key.slice(0, slash))
    if (address === undefined || namespace === undefined) return undefined
    const size = address.length
    this.#addressBytes.set(address)
    const block = blockOf(namespace.number, this.#address, size)
    const owner = `//${size}/${block}`
    const { waiting } = this.#block(owner, size, block)
    if (!waiting.has(key)) {
      waiting.set(key, { namespace, address })
      namespace.waiting++
    }
    return owner
  }

  /** Writes the changes of a block; returns false when there are none. Throws TABLE_FULL, and then they still wait. */
  publish(owner: string): boolean {
    const block = this.#blocks.get(owner)
    if (block === undefined) return false
    const { size, waiting } = block
    const step = podWords(size)
    const old = this.#table.dataOf(owner)
    let end = old.length
    if (end + step * waiting.size > this.#words.length) {
      this.#words = new Int32Array(2 * (end + step * waiting.size))
    }
    const words = this.#words
    words.set(old)
    const changes: (readonly [Namespace, number])[] = []
    for (const [key, { namespace, address }] of waiting) {
      this.#addressBytes.set(address)
      const at = findPod(words, 0, end, namespace.number, this.#address, size)
      const exists = this.#exists(key)
      if (exists === at >= 0) continue
      changes.push([namespace, exists ? 1 : -1])
      if (exists) {
        this.#publishNamespace(namespace)
        words[end] = namespace.number
        for (let i = 1; i < step; i++) words[end + i] = this.#address[i - 1]!
        end += step
      } else {
        end -= step
        words.copyWithin(at, end, end + step)
      }
    }
    const key = Uint8Array.of(blockKey(size), block.block)
    const isChanged = this.#replace(owner, key, words.subarray(0, end))
    this.#blocks.delete(owner)
    for (const [namespace, change] of changes) namespace.pods += change
    for (const { namespace } of waiting.values()) {
      namespace.waiting--
      if (namespace.pods === 0 && namespace.waiting === 0) this.#forget(namespace)
    }
    return isChanged
  }

  /** Undefined for a name that is no label. */
  #namespace(name: string): Namespace | undefined {
    const known = this.#namespaces.get(name)
    if (known !== undefined) return known
    if (relativeName(name) === undefined) return undefined
    const namespace = { name, number: this.#numbers++ | 0, pods: 0, waiting: 0 }
    this.#namespaces.set(name, namespace)
    return namespace
  }

  #block(owner: string, size: number, block: number): Block {
    const known = this.#blocks.get(owner)
    if (known !== undefined) return known
    const created = { size, block, waiting: new Map<string, Waiting>() }
    this.#blocks.set(owner, created)
    return created
  }

  /** A reader finds the number of a namespace before the first of its Pods. */
  #publishNamespace({ name, number, pods }: Namespace): void {
    if (pods > 0) return
    const key = Uint8Array.of(NAMESPACE_KEY, ...relativeName(name)!)
    this.#replace(ownerOf(name), key, Int32Array.of(number))
  }

  #forget({ name }: Namespace): void {
    this.#namespaces.delete(name)
    this.#table.replace(ownerOf(name), [])
  }

  #replace(owner: string, name: Uint8Array, words: Int32Array): boolean {
    if (words.length === 0) return this.#table.replace(owner, [])
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
    const answer = { type: POD_DATA, bytes, answers: 0, additionals: 0, rrSize: 0 }
    return this.#table.replace(owner, [{ name, answers: [answer] }])
  }
}

/** No namespace of a Service has this name. */
function ownerOf(namespace: string): string {
  return `//pods/${namespace}`
}
