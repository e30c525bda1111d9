// The counters of plugins in shared memory: one buffer for each thread and plugin, which outlives the thread and every
// reload, so that no counter ever falls.

export class CounterMemory {
  readonly #buffers: Map<string, SharedArrayBuffer>[] = []

  /** The buffers of a thread for plugins that want these numbers of counters. Known buffers are kept. */
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

  /** The counters of a plugin in all threads that ever ran. */
  all(plugin: string): readonly Float64Array[] {
    return this.#buffers.flatMap((buffers) => {
      const buffer = buffers.get(plugin)
      return buffer === undefined ? [] : [new Float64Array(buffer)]
    })
  }
}
