// `pods verified`: the addresses of Pods beside the Services of a zone.
import type { StoreReader } from '../../sources/source.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import type { Content, OwnersChanged, Published } from '../multicluster/publish.ts'
import { PodBlocks } from './pod-blocks.ts'

/** The owners of blocks begin with it; those of Services with a namespace. */
const BLOCK = '//'

/** Services and Pods as the content of one table. */
export class PodsContent implements Content {
  readonly #store: StoreReader
  readonly #services: Content
  readonly #blocks: PodBlocks

  constructor(store: StoreReader, table: TableWriter, services: Content) {
    this.#store = store
    this.#services = services
    this.#blocks = new PodBlocks(table, (address) => store.hasPod(address))
  }

  get synced(): boolean {
    return this.#services.synced
  }

  *owners(): Iterable<string> {
    yield* this.#services.owners()
    yield* this.#ownersOf(this.#store.podAddresses())
  }

  subscribe(listener: OwnersChanged): () => void {
    const ends = [
      this.#services.subscribe(listener),
      this.#store.subscribe(({ pods, receivedAt }) => {
        if (pods.size > 0) listener(this.#ownersOf(pods), receivedAt)
      }),
    ]
    return () => {
      for (const end of ends) end()
    }
  }

  *publish(owner: string): Generator<void, Published> {
    if (!owner.startsWith(BLOCK)) return yield* this.#services.publish(owner)
    return { isChanged: this.#blocks.publish(owner) }
  }

  /** The blocks of addresses. */
  *#ownersOf(addresses: Iterable<string>): Iterable<string> {
    for (const address of addresses) {
      const owner = this.#blocks.note(address)
      if (owner !== undefined) yield owner
    }
  }
}
