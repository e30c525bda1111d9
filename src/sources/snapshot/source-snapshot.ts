// The snapshot of one source: read when the source is opened, written while it is open.
import { errorText } from '../../errors.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { SnapshotStatus, SourceSnapshot } from '../source.ts'
import type { SnapshotSpec, SourceRequest } from '../source-request.ts'
import type { Store } from '../store.ts'
import { formatAge } from './age.ts'
import type { SnapshotOrigin } from './format.ts'
import { SnapshotKeeper, type SnapshotTarget } from './keeper.ts'
import { type ReadSnapshot, readSnapshot, UnusableSnapshot } from './read.ts'

interface SnapshotDeps {
  readonly name: string
  readonly log: Log
  readonly clock: Clock
}

/** What was read, and from where. */
interface Restored extends ReadSnapshot {
  readonly target: SnapshotTarget
}

/** A store, and what was read into it; undefined = nothing. */
interface OpenedStore {
  readonly store: Store
  readonly read: Restored | undefined
}

/** Returns a store with the objects of the snapshot, or without any where it cannot be used, which is logged. */
export function openStore(
  newStore: () => Store,
  { snapshot, ...request }: Pick<SourceRequest, 'snapshot' | 'labels' | 'reads'>,
  { name, log, clock }: SnapshotDeps,
): OpenedStore {
  if (snapshot === undefined) return { store: newStore(), read: undefined }
  const { file, maxAgeMs } = snapshot
  const store = newStore()
  const now = clock.wall()
  const origin = originOf(snapshot, request)
  try {
    const read = readSnapshot({ file, origin, maxAgeMs, now }, (one) => store.restore(one))
    if (read === undefined) {
      log.info(`${name}: there is no snapshot ${file} yet`)
      return { store, read }
    }
    store.endRestore()
    const what = `${read.records} objects, ${formatAge(now - read.confirmedAt)} old`
    log.info(
      `${name}: names are answered from snapshot ${file} (${what}) until all objects are listed`,
    )
    return { store, read: { ...read, target: { file, origin } } }
  } catch (error) {
    const reason = error instanceof UnusableSnapshot ? error.message : errorText(error)
    log.warning(
      `${name}: snapshot ${file} is ignored: ${reason}; names are answered when all objects are listed`,
    )
    // It may have a part of the objects.
    return { store: newStore(), read: undefined }
  }
}

/** The snapshot of an open source; `isWorking` is false while a watch fails. */
export function sourceSnapshot(
  { store, read }: OpenedStore,
  request: Pick<SourceRequest, 'labels' | 'reads'>,
  deps: SnapshotDeps & { readonly isWorking: () => boolean },
): SourceSnapshot & { close(): Promise<void> } {
  const { name, log, clock, isWorking } = deps
  const keeper = new SnapshotKeeper({ store, name, log, clock, isCurrent: isWorking })
  if (read !== undefined) {
    keeper.restored(read.target, read.size, read.confirmedAt)
    const unsubscribe = store.subscribe(() => {
      if (!store.synced) return
      unsubscribe()
      log.info(`${name}: all objects are listed: no name is answered from the snapshot any more`)
    })
  }
  return {
    isRestored: read !== undefined,
    writeTo(spec) {
      keeper.writeTo(spec && { file: spec.file, origin: originOf(spec, request) })
    },
    status(): SnapshotStatus | undefined {
      if (read === undefined && !keeper.isKept) return undefined
      const { writes, failures, size, confirmedAt } = keeper
      const ageMs = confirmedAt === undefined ? undefined : clock.wall() - confirmedAt
      const isStale = read !== undefined && !store.synced
      return { isStale, writes, failures, size, ...(ageMs === undefined ? {} : { ageMs }) }
    },
    close: () => keeper.close(),
  }
}

function originOf(
  { cluster }: SnapshotSpec,
  { labels, reads }: Pick<SourceRequest, 'labels' | 'reads'>,
): SnapshotOrigin {
  return { cluster, labels, reads }
}
