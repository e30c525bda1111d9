// An index from one key to a few others. Nearly always there is one, so a list is a small array and no set.

export class KeyLists {
  readonly #lists = new Map<string, readonly string[]>()

  keys(): Iterable<string> {
    return this.#lists.keys()
  }

  /** In no particular order. */
  get(key: string): readonly string[] {
    return this.#lists.get(key) ?? []
  }

  add(key: string, one: string): void {
    const known = this.get(key)
    if (!known.includes(one)) this.#lists.set(key, [...known, one])
  }

  remove(key: string, one: string): void {
    const rest = this.get(key).filter((other) => other !== one)
    if (rest.length === 0) this.#lists.delete(key)
    else this.#lists.set(key, rest)
  }
}
