// The blocks of numbers in which the answering threads count (`Plugin.counters`), one for each set of labels.
import type { Host } from './plugin.ts'

/** Assigns an index to each set of labels. The index never changes in the process, so that counters never decrease. */
export class CounterBlocks<L extends object> {
  readonly #most: number
  readonly #labels: L[] = []
  readonly #indexes = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  /** Returns -1 if all blocks are in use; what has further label sets is not counted. */
  indexOf(labels: L): number {
    const key = JSON.stringify(labels)
    const known = this.#indexes.get(key)
    if (known !== undefined) return known
    if (this.#labels.length === this.#most) return -1
    this.#indexes.set(key, this.#labels.length)
    return this.#labels.push(labels) - 1
  }

  /** The label sets by index. */
  get labels(): readonly L[] {
    return this.#labels
  }
}

/**
 * The blocks of a plugin in each process, at most `most`. They outlive the plugin: a reload may remove it and another may
 * bring it back.
 */
export function counterBlocks<L extends object>(most: number): (host: Host) => CounterBlocks<L> {
  const blocks = new WeakMap<Host, CounterBlocks<L>>()
  return (host) => {
    const known = blocks.get(host) ?? new CounterBlocks<L>(most)
    blocks.set(host, known)
    return known
  }
}
