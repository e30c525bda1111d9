// A folder of manifest files as a source. The files are polled. The objects of a changed file replace its previous
// objects; a file that cannot be parsed keeps its last valid objects. When two files hold the same object, the first
// file by name wins. Each change relists the store from all files, so subscribers are notified of differences only.
import { accessSync, constants, statSync } from 'node:fs'
import { relative } from 'node:path'
import { CodedError, errorText } from '../errors.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import { sleep } from '../kube/clock.ts'
import type { ScanResult } from '../kube/manifest-files.ts'
import { ManifestFolder } from '../kube/manifest-folder.ts'
import { InvalidObjects } from './invalid-objects.ts'
import { type ManifestEntry, parseManifest } from './manifest-parse.ts'
import { MAX_SOURCE_BYTES } from './room.ts'
import type { Resource, ResourceStatus, Source } from './source.ts'
import type { Reads } from './source-request.ts'
import { Store } from './store.ts'
import { whenListed } from './sync-waiter.ts'
import { noRoom } from './validation.ts'
import { resourcesOf } from './watched-resources.ts'

/** How often the files are polled. */
const POLL_INTERVAL_MS = 1000

/**
 * Opens the folder, whose objects may take about `maxBytes`. Throws CodedError MANIFEST when it does not exist or is not a
 * folder.
 */
export function openManifests(
  directory: string,
  reads: Reads,
  deps: ClientDeps,
  maxBytes = MAX_SOURCE_BYTES,
): Source {
  checkDirectory(directory)
  return new ManifestSource(directory, reads, fullClientDeps(deps), maxBytes)
}

/** Throws CodedError MANIFEST when the folder does not exist, is not a folder or cannot be read. */
export function checkDirectory(directory: string): void {
  let isDirectory: boolean
  try {
    isDirectory = statSync(directory).isDirectory()
    if (isDirectory) accessSync(directory, constants.R_OK | constants.X_OK)
  } catch (cause) {
    const reason = errorText(cause)
    const text = `manifests ${directory}: the folder cannot be read: ${reason}`
    throw new CodedError('MANIFEST', text, { cause })
  }
  if (!isDirectory) throw new CodedError('MANIFEST', `manifests ${directory}: this is not a folder`)
}

class ManifestSource implements Source {
  readonly name: string
  readonly store: Store
  readonly #directory: string
  readonly #reads: Reads
  readonly #resources: readonly Resource[]
  readonly #deps: FullClientDeps
  readonly #invalid: InvalidObjects
  readonly #folder: ManifestFolder
  readonly #files = new Map<string, readonly ManifestEntry[]>()
  readonly #errors = new Map<string, number>()
  /** Duplicates that are logged already, as "id file". */
  #duplicates = new Set<string>()
  #lastEventAt: number | undefined
  #reloads = 0
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  constructor(directory: string, reads: Reads, deps: FullClientDeps, maxBytes: number) {
    this.#directory = directory
    this.#reads = reads
    this.#resources = resourcesOf(reads)
    this.#deps = deps
    this.name = `manifests ${directory}`
    this.#folder = new ManifestFolder(directory, this.name, deps.log)
    const { log, clock } = deps
    this.store = new Store({ log, now: clock.now, resources: this.#resources, maxBytes })
    this.#invalid = new InvalidObjects(deps.log, deps.clock)
    this.#running = this.#poll()
  }

  get invalidObjects(): ReadonlyMap<string, number> {
    return this.#invalid.counts
  }

  status(): readonly ResourceStatus[] {
    const status: ResourceStatus = {
      resource: 'manifests',
      synced: this.store.synced,
      objects: this.#resources.reduce((sum, resource) => sum + this.store.size(resource), 0),
      relists: this.#reloads,
      errors: this.#errors,
    }
    return [
      this.#lastEventAt === undefined ? status : { ...status, lastEventAt: this.#lastEventAt },
    ]
  }

  whenListed(resources: readonly Resource[], timeoutMs: number): Promise<boolean> {
    return whenListed(this.store, resources, this.#deps.clock, timeoutMs, this.#stop.signal)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.#scanOnce()
      await sleep(this.#deps.clock, POLL_INTERVAL_MS, signal)
    }
  }

  async #scanOnce(): Promise<void> {
    const readAt = this.#deps.clock.now()
    const results = await this.#folder.scan(this.#deps.clock.wall())
    if (results === undefined) this.#count('directory')
    if (results === undefined || this.#stop.signal.aborted) return
    this.#lastEventAt = readAt
    for (const result of results) this.#apply(result)
    if (results.length > 0 || !this.store.synced) this.#rebuildStore(readAt)
  }

  #apply(result: ScanResult): void {
    const { file } = result
    if ('gone' in result) {
      for (const { id } of this.#files.get(file) ?? []) this.#invalid.forget(id)
      this.#files.delete(file)
      return
    }
    try {
      if ('error' in result) throw result.error
      const { entries, warnings } = parseManifest(file, result.text, this.#reads)
      this.#warn(file, entries, warnings)
      this.#files.set(file, entries)
    } catch (error) {
      this.#count('file')
      const text = errorText(error)
      const consequence = this.#files.has(file)
        ? 'its previous objects stay in use'
        : 'none of its objects are used until it is repaired'
      this.#deps.log.error(`${text}; ${consequence}`)
    }
  }

  /** Logs the warnings of a file, and the objects that it no longer has because of them. */
  #warn(file: string, entries: readonly ManifestEntry[], warnings: readonly string[]): void {
    if (warnings.length === 0) return
    const ids = new Set(entries.map(({ id }) => id))
    const lost = (this.#files.get(file) ?? []).filter(({ id, value }) => value && !ids.has(id))
    for (const text of warnings) {
      this.#count('not_read')
      this.#deps.log.warning(text)
    }
    if (lost.length === 0) return
    const names = lost.map(({ id }) => id).join(', ')
    this.#deps.log.warning(`${file}: no longer served from this file: ${names}`)
  }

  #rebuildStore(readAt: number): void {
    const { store } = this
    if (store.synced) this.#reloads++
    const all = this.#winners()
    for (const resource of this.#resources) store.beginList(resource)
    const refused = new Set(all.filter(({ entry }) => !this.#put(entry, readAt)))
    for (const resource of this.#resources) store.endList(resource, true, readAt)
    // Objects that are gone may have made room.
    for (const one of refused) if (this.#put(one.entry, readAt)) refused.delete(one)
    for (const one of all) {
      const { file, entry } = one
      const { id, key, problems, line } = entry
      const [kind = ''] = id.split(' ')
      const found = refused.has(one) ? [...problems, noRoom(kind, key)] : problems
      this.#invalid.report(id, found, `${this.#relativePath(file)}:${line}`)
    }
    store.flush()
  }

  /** The entries that are used, each with its file: the first of each object, and before them the namespaces that they imply. */
  #winners(): readonly { readonly file: string; readonly entry: ManifestEntry }[] {
    const winners = new Map<string, { file: string; entry: ManifestEntry }>()
    const implied = new Map<string, string>()
    const duplicates = new Set<string>()
    for (const file of [...this.#files.keys()].sort()) {
      for (const entry of this.#files.get(file) ?? []) {
        const { id, key, value } = entry
        const winner = winners.get(id)
        if (winner !== undefined) {
          this.#reportDuplicate(id, file, winner.file, duplicates)
          continue
        }
        winners.set(id, { file, entry })
        if (value === undefined || value.resource === 'namespaces') continue
        implied.set(key.slice(0, key.indexOf('/')), file)
      }
    }
    this.#duplicates = duplicates
    // An object implies its namespace: no Namespace object is needed.
    const namespaces = [...implied].flatMap(([name, file]) => {
      const entry = namespaceEntry(name)
      return winners.has(entry.id) ? [] : [{ file, entry }]
    })
    return [...namespaces, ...winners.values()]
  }

  /** False when the object has no room. */
  #put({ key, value }: ManifestEntry, readAt: number): boolean {
    const { store } = this
    switch (value?.resource) {
      case 'serviceimports':
        return store.putImport(key, value.object, readAt)
      case 'services':
        return store.putService(key, value.object, readAt)
      case 'endpointslices':
        return store.putSlices(key, value.object, readAt)
      case 'pods':
        return store.putPod(key, value.object, readAt)
      case 'namespaces': {
        const { name, labels } = value.object
        return store.putNamespace(name, this.#reads.namespaceLabels ? labels : undefined, readAt)
      }
      case undefined:
        return true
    }
  }

  #reportDuplicate(id: string, file: string, winner: string, duplicates: Set<string>): void {
    const mark = `${id} ${file}`
    duplicates.add(mark)
    if (this.#duplicates.has(mark)) return
    this.#count('duplicate')
    const where = file === winner ? 'twice' : `and in ${this.#relativePath(winner)}`
    const text = `${id} is in ${this.#relativePath(file)} ${where}: the first one is used`
    this.#deps.log.warning(`${this.name}: ${text}`)
  }

  #relativePath(file: string): string {
    return relative(this.#directory, file)
  }

  #count(reason: string): void {
    this.#errors.set(reason, (this.#errors.get(reason) ?? 0) + 1)
  }
}

/** A Namespace without labels. */
function namespaceEntry(name: string): ManifestEntry {
  const value = { resource: 'namespaces', object: { name, labels: {} } } as const
  return { id: `Namespace ${name}`, key: name, value, problems: [], line: 1 }
}
