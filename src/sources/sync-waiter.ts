// Waits until a store is synced, with a timeout.
import type { Clock } from '../kube/clock.ts'
import type { StoreReader } from './source.ts'

/** Resolves with true when the store is synced, with false after `timeoutMs` or when `signal` aborts first. */
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
