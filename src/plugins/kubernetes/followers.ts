// What follows the published Services of a zone of the cluster: the names of its name servers, and the addresses of the
// reverse zones. It follows behind the answers of the Service, so a fault here does not keep these back.
import type { LocalService } from '../../sources/objects.ts'

/** Takes a Service that is published, or removed when the view is undefined, in steps; returns owners to publish. */
type Follow = (key: string, view: LocalService | undefined) => Generator<void, readonly string[]>

/** `follow` as a step of its own, which does not fail: `onError` is called for the Service "namespace/name". */
export function withoutFault(
  follow: Follow,
  onError: (key: string, error: unknown) => void,
): Follow {
  return function* (key, view) {
    yield
    try {
      return yield* follow(key, view)
    } catch (error) {
      onError(key, error)
      return []
    }
  }
}
