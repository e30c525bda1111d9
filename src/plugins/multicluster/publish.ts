// Publishes a store in an answer table: compiles the Services that changed and replaces their names in the table.
import { performance } from 'node:perf_hooks'
import type { StoreChange, StoreReader } from '../../sources/source.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import { compileNamespace, compileService, type ZoneOptions } from './compile.ts'

/** A store, and the table in which it is published. */
interface PublishOptions extends ZoneOptions {
  readonly store: StoreReader
  readonly table: TableWriter
  /** Seconds since 1970, for the SOA serial. */
  readonly nowSeconds: () => number
  /** Called after each change of answers with its age, from receipt to visibility, in milliseconds. */
  readonly onVisible: (ageMs: number) => void
  /** Called when the names of `owner`, a Service or namespace, do not fit in the table; its old answers stay. */
  readonly onError: (owner: string, error: unknown) => void
}

/** Publishes the store and its changes until the returned function is called. */
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

// Owners of names in the table: a namespace ("namespace") or a Service ("namespace/name").
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
