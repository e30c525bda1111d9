// Collects what the start of an answering thread left (2 MB, before it answers anything), and what a plan left that is no longer
// served. A thread hardly allocates while it answers, so V8 would keep that garbage for long: after 66 reloads with `forward`
// a process had 100 MB of it. A collection takes about 10 ms.

/** Does nothing in a thread without V8's `gc`; src/cli.ts exposes it. */
export function collectGarbage(): void {
  // Other flavors keep the emptied pages of the heap.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
