// What a reflector feeds: raw objects of one resource, trimmed and put into the store, bad ones reported.
import type { BadObjects } from './bad-objects.ts'
import type { Resource, Store } from './store.ts'
import { keyOf, type Trimmed, trimImport, trimNamespace, trimSlice } from './trim.ts'

export interface Intake {
  /** A list begins: what it does not confirm goes when it ends complete. */
  begin(): void
  apply(raw: unknown, receivedAt: number): void
  remove(raw: unknown, receivedAt: number): void
  end(complete: boolean, receivedAt: number): void
  /** A chunk of the stream is through: readers are told. */
  flush(): void
}

/** The intake of a resource of `store`. */
export function intakeOf(resource: Resource, store: Store, bad: BadObjects): Intake {
  const put = putter(resource, store)
  return {
    begin: () => store.beginList(resource),
    apply(raw, receivedAt) {
      const { key, flaws, kept } = put(raw, receivedAt)
      bad.report(`${resource} ${key}`, flaws)
      // Its former content is not what the server holds: serving it would be a guess.
      if (!kept && key !== '') store.remove(resource, key, receivedAt)
    },
    remove(raw, receivedAt) {
      const key = keyOf(raw)
      bad.forget(`${resource} ${key}`)
      store.remove(resource, key, receivedAt)
    },
    end: (complete, receivedAt) => store.endList(resource, complete, receivedAt),
    flush: () => store.flush(),
  }
}

function putter(resource: Resource, store: Store) {
  const with_ =
    <T>(trim: (raw: unknown) => Trimmed<T>, keep: (key: string, object: T, at: number) => void) =>
    (raw: unknown, at: number) => {
      const { key, object, flaws } = trim(raw)
      if (object !== undefined) keep(key, object, at)
      return { key, flaws, kept: object !== undefined }
    }
  if (resource === 'serviceimports') {
    return with_(trimImport, (key, object, at) => store.putImport(key, object, at))
  }
  if (resource === 'endpointslices') {
    return with_(trimSlice, (key, object, at) => store.putSlice(key, object, at))
  }
  return with_(trimNamespace, (_key, name, at) => store.putNamespace(name, at))
}
