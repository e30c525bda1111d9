// Keeps one answer table equal to one store: compiles the services that changed and puts them in place.
import { performance } from 'node:perf_hooks'
import type { StoreChange, StoreReader } from '../../sources/source.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import { compileNamespace, compileService, type ZoneOptions } from './compile.ts'

export interface PublishOptions extends ZoneOptions {
  readonly store: StoreReader
  readonly table: TableWriter
  /** Seconds since 1970, for the SOA serial. */
  readonly nowSeconds: () => number
  /** Called after each batch that changed answers with its age in milliseconds, received to visible. */
  readonly onVisible: (ageMs: number) => void
  /** Called when a service cannot be put into the table; it keeps its former answers. */
  readonly onError: (owner: string, error: unknown) => void
}

/** Puts all that the store holds into the table and follows it until the returned function is called. */
export function publishZone(options: PublishOptions): () => void {
  const { store, table } = options
  const changed = (change: StoreChange): void => {
    let visible = false
    for (const namespace of change.namespaces) {
      visible = replaceNamespace(options, namespace) || visible
    }
    for (const key of change.services) visible = replaceService(options, key) || visible
    if (visible) table.advanceSerial(options.nowSeconds())
    if (store.synced) table.setSynced()
    if (visible) options.onVisible(performance.now() - change.receivedAt)
  }
  const unsubscribe = store.subscribe(changed)
  changed({
    services: new Set(store.serviceKeys()),
    namespaces: new Set(store.namespaces()),
    receivedAt: performance.now(),
  })
  return unsubscribe
}

// Owners: a namespace's key has no slash, a service's has one.
function replaceNamespace(options: PublishOptions, namespace: string): boolean {
  const names = options.store.hasNamespace(namespace) ? compileNamespace(namespace, options) : []
  return replace(options, namespace, names)
}

function replaceService(options: PublishOptions, key: string): boolean {
  const view = options.store.service(key)
  return replace(options, key, view === undefined ? [] : compileService(view, options))
}

function replace(
  options: PublishOptions,
  owner: string,
  names: Parameters<TableWriter['replace']>[1],
): boolean {
  try {
    return options.table.replace(owner, names)
  } catch (error) {
    options.onError(owner, error)
    return false
  }
}
