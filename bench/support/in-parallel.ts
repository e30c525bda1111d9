// Runs asynchronous work with limited concurrency.

/** Runs `work` for each thing, at most `concurrency` at a time, in order of start. */
export async function inParallel<T>(
  concurrency: number,
  things: Iterable<T>,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const rest = things[Symbol.iterator]()
  const worker = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
