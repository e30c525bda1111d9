// Waits until resources of a store are listed, with a timeout.
import type { Clock } from '../kube/clock.ts'
import type { Resource, StoreReader } from './source.ts'

/** Resolves with true when the resources are listed, with false after `timeoutMs` or when `signal` aborts first. */
export function whenListed(
  store: StoreReader,
  resources: readonly Resource[],
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const isDone = () => resources.every((resource) => store.listed(resource))
  if (isDone() || signal.aborted) return Promise.resolve(isDone())
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      unsubscribe()
      signal.removeEventListener('abort', done)
      resolve(isDone())
    }
    const cancel = clock.after(timeoutMs, done)
    const unsubscribe = store.subscribe(() => {
      if (isDone()) done()
    })
    signal.addEventListener('abort', done)
  })
}
