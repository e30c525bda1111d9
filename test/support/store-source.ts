// A source around a store that a test fills.
import type { Source } from '../../src/sources/source.ts'
import type { SourceRequest } from '../../src/sources/source-request.ts'
import { Store } from '../../src/sources/store.ts'
import { resourcesOf } from '../../src/sources/watched-resources.ts'
import { memoryLog } from './memory-log.ts'

export interface StoreSource extends Source {
  readonly store: Store
  readonly request: SourceRequest
  readonly closed: boolean
}

/** A source of what `request` asks for; all of it is listed, with the objects that `fill` puts. */
export function storeSource(
  request: SourceRequest,
  fill: (store: Store) => void = () => {},
): StoreSource {
  const resources = resourcesOf(request.reads)
  const store = new Store({ log: memoryLog([]).log, now: () => performance.now(), resources })
  for (const resource of resources) store.beginList(resource)
  fill(store)
  for (const resource of resources) store.endList(resource, true, 0)
  store.flush()
  let closed = false
  return {
    store,
    request,
    name: 'test',
    status: () => [],
    invalidObjects: new Map(),
    whenListed: async (needed) => needed.every((resource) => store.listed(resource)),
    close: async () => {
      closed = true
    },
    get closed() {
      return closed
    },
  }
}
