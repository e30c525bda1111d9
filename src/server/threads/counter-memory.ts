// The counters of plugins in shared memory, one buffer for each thread and plugin. A buffer stays when its thread is
// replaced and on reloads, so that no counter decreases.

/** Allocates and keeps the counters of all threads. */
export class CounterMemory {
  readonly #buffers: Map<string, SharedArrayBuffer>[] = []

  /** The buffers of a thread by plugin. `wanted`: the number of counters of each plugin. Existing buffers are kept. */
  of(
    thread: number,
    wanted: Readonly<Record<string, number>>,
  ): Readonly<Record<string, SharedArrayBuffer>> {
    this.#buffers[thread] ??= new Map()
    const buffers = this.#buffers[thread]
    for (const [plugin, count] of Object.entries(wanted)) {
      if (!buffers.has(plugin)) buffers.set(plugin, new SharedArrayBuffer(8 * count))
    }
    return Object.fromEntries(buffers)
  }

  /** The counters of a plugin in all threads that have ever run. */
  all(plugin: string): readonly Float64Array[] {
    return this.#buffers.flatMap((buffers) => {
      const buffer = buffers.get(plugin)
      return buffer === undefined ? [] : [new Float64Array(buffer)]
    })
  }
}
