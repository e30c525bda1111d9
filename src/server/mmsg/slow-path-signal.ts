// Wakes up the event-loop thread, which waits for queued queries (`SlowPath`).

/** Returns a function that wakes up the thread; `buffer` holds the word on which it waits. */
export function slowPathNotifier(buffer: SharedArrayBuffer): () => void {
  const signal = new Int32Array(buffer)
  return () => {
    Atomics.add(signal, 0, 1)
    Atomics.notify(signal, 0)
  }
}
