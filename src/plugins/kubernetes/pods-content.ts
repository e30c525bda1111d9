// `pods verified`: the addresses of Pods beside the Services of a zone. The owner of a Pod's name is "namespace//IP".
import type { StoreReader } from '../../sources/source.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import type { Content, OwnersChanged, Published } from '../multicluster/publish.ts'
import type { LocalZoneOptions } from './compile.ts'
import { compilePod } from './pods.ts'

const SEPARATOR = '//'

/** Services and Pods as the content of one table. */
export class PodsContent implements Content {
  readonly #store: StoreReader
  readonly #table: TableWriter
  readonly #options: Pick<LocalZoneOptions, 'zone' | 'ttl'>
  readonly #services: Content

  constructor(
    store: StoreReader,
    table: TableWriter,
    options: Pick<LocalZoneOptions, 'zone' | 'ttl'>,
    services: Content,
  ) {
    this.#store = store
    this.#table = table
    this.#options = options
    this.#services = services
  }

  get synced(): boolean {
    return this.#services.synced
  }

  *owners(): Iterable<string> {
    yield* this.#services.owners()
    yield* ownersOf(this.#store.podAddresses())
  }

  subscribe(listener: OwnersChanged): () => void {
    const ends = [
      this.#services.subscribe(listener),
      this.#store.subscribe(({ pods, receivedAt }) => {
        if (pods.size > 0) listener(ownersOf(pods), receivedAt)
      }),
    ]
    return () => {
      for (const end of ends) end()
    }
  }

  *publish(owner: string): Generator<void, Published> {
    const at = owner.indexOf(SEPARATOR)
    if (at < 0) return yield* this.#services.publish(owner)
    const namespace = owner.slice(0, at)
    const ip = owner.slice(at + SEPARATOR.length)
    const exists = this.#store.hasPod(`${namespace}/${ip}`)
    const names = exists ? compilePod(namespace, ip, this.#options) : []
    return { isChanged: this.#table.replace(owner, names) }
  }
}

/** The owners of addresses "namespace/IP". */
function* ownersOf(addresses: Iterable<string>): Iterable<string> {
  for (const address of addresses) yield address.replace('/', SEPARATOR)
}
