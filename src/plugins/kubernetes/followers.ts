// What follows the published Services of a zone of the cluster: the names of its name servers, and the addresses of the
// reverse zones. It follows behind the answers of the Service, so a fault here does not keep these back.
import type { LocalService } from '../../sources/objects.ts'
import type { Content, OwnersChanged, Published } from '../multicluster/publish.ts'

interface FollowersOptions {
  /** Takes a Service that is published, or removed when the view is undefined, in steps; returns owners to publish. */
  readonly follow: (key: string, view: LocalService | undefined) => Generator<void, string[]>
  /** Called when that fails for the Service "namespace/name". */
  readonly onError: (key: string, error: unknown) => void
}

/** A content, and what follows its Services. */
export class Followers {
  readonly #options: FollowersOptions
  #published: { readonly key: string; readonly view: LocalService | undefined } | undefined

  constructor(options: FollowersOptions) {
    this.#options = options
  }

  /** Notes a Service that is published, or removed when `view` is undefined. */
  note(key: string, view: LocalService | undefined): void {
    this.#published = { key, view }
  }

  /** The content whose Services are noted, with what follows. */
  behind(content: Content): Content {
    const publish = (owner: string) => this.#publish(content, owner)
    return {
      get synced() {
        return content.synced
      },
      owners: () => content.owners(),
      subscribe: (listener: OwnersChanged) => content.subscribe(listener),
      publish,
    }
  }

  *#publish(content: Content, owner: string): Generator<void, Published> {
    this.#published = undefined
    const result = yield* content.publish(owner)
    if (this.#published === undefined) return result
    const { key, view } = this.#published
    yield
    try {
      const next = yield* this.#options.follow(key, view)
      return { ...result, next: [...(result.next ?? []), ...next] }
    } catch (error) {
      this.#options.onError(key, error)
      return result
    }
  }
}
