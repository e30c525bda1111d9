// Collects what the start of a thread left, before the thread answers anything: 2 MB in each, for 10 ms.

/** Does nothing in a thread without V8's `gc`; src/cli.ts exposes it. */
export function collectStartGarbage(): void {
  // Other flavors keep the emptied pages of the heap.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
