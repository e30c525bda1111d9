// "Synced, or this much time": the one thing that callers of every source wait for.
import type { Clock } from '../kube/clock.ts'
import type { StoreReader } from './source.ts'

/** Resolves true when the store is synced, false after `timeoutMs` or when `signal` aborts first. */
export function whenSynced(
  store: StoreReader,
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (store.synced || signal.aborted) return Promise.resolve(store.synced)
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      unsubscribe()
      signal.removeEventListener('abort', done)
      resolve(store.synced)
    }
    const cancel = clock.after(timeoutMs, done)
    const unsubscribe = store.subscribe(() => {
      if (store.synced) done()
    })
    signal.addEventListener('abort', done)
  })
}
