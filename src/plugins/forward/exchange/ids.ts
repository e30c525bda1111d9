// Message ids that a stranger cannot predict (RFC 5452 section 9.2): random numbers of a cryptographic generator.
const POOL = new Uint16Array(4096)
let next = POOL.length

/** A random id (0 to 65535) that `taken` does not have. At least one id must be free; half of them should be. */
export function freeId(taken: { has(id: number): boolean }): number {
  for (;;) {
    if (next === POOL.length) {
      crypto.getRandomValues(POOL)
      next = 0
    }
    const id = POOL[next++]!
    if (!taken.has(id)) return id
  }
}
