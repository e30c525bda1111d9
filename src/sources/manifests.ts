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
import type { NamespaceObject } from './convert.ts'
import { InvalidObjects } from './invalid-objects.ts'
import { type ManifestEntry, type ManifestObject, parseManifest } from './manifest-parse.ts'
import type { Resource, ResourceStatus, Source } from './source.ts'
import type { Reads } from './source-request.ts'
import { Store } from './store.ts'
import { whenListed } from './sync-waiter.ts'
import { resourcesOf } from './watched-resources.ts'

/** How often the files are polled. */
const POLL_INTERVAL_MS = 1000

/** Opens the folder; throws CodedError MANIFEST when it does not exist or is not a folder. */
export function openManifests(directory: string, reads: Reads, deps: ClientDeps): Source {
  checkDirectory(directory)
  return new ManifestSource(directory, reads, fullClientDeps(deps))
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

  constructor(directory: string, reads: Reads, deps: FullClientDeps) {
    this.#directory = directory
    this.#reads = reads
    this.#resources = resourcesOf(reads)
    this.#deps = deps
    this.name = `manifests ${directory}`
    this.#folder = new ManifestFolder(directory, this.name, deps.log)
    const { log, clock } = deps
    this.store = new Store({ log, now: clock.now, resources: this.#resources })
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
      for (const { id, problems } of entries)
        this.#invalid.report(id, problems, this.#relativePath(file))
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
    for (const resource of this.#resources) store.beginList(resource)
    const winners = new Map<string, string>()
    const duplicates = new Set<string>()
    const named = new Set<string>()
    const implied = new Set<string>()
    for (const file of [...this.#files.keys()].sort()) {
      for (const { id, key, value } of this.#files.get(file) ?? []) {
        const winner = winners.get(id)
        if (winner !== undefined) {
          this.#reportDuplicate(id, file, winner, duplicates)
          continue
        }
        winners.set(id, file)
        if (value === undefined) continue
        this.#put(key, value, readAt)
        if (value.resource === 'namespaces') named.add(key)
        else implied.add(key.slice(0, key.indexOf('/')))
      }
    }
    // An object implies its namespace: no Namespace object is needed.
    for (const name of implied) if (!named.has(name)) this.#putNamespace(name, {}, readAt)
    this.#duplicates = duplicates
    for (const resource of this.#resources) store.endList(resource, true, readAt)
    store.flush()
  }

  #put(key: string, value: ManifestObject, readAt: number): void {
    const { store } = this
    switch (value.resource) {
      case 'serviceimports':
        store.putImport(key, value.object, readAt)
        break
      case 'services':
        store.putService(key, value.object, readAt)
        break
      case 'endpointslices':
        store.putSlices(key, value.object, readAt)
        break
      case 'pods':
        store.putPod(key, value.object, readAt)
        break
      case 'namespaces':
        this.#putNamespace(value.object.name, value.object.labels, readAt)
    }
  }

  #putNamespace(name: string, labels: NamespaceObject['labels'], readAt: number): void {
    this.store.putNamespace(name, this.#reads.namespaceLabels ? labels : undefined, readAt)
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
