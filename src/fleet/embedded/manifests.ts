// Applies a folder of manifests to an embedded cluster. The folder is polled: changed objects are applied as by
// `kubectl apply`, removed ones are deleted. An invalid file keeps its last valid content.

import { errorText } from '../../errors.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import { asFields, keyOf } from '../../kube/fields.ts'
import {
  type ManifestDocument,
  readDocuments,
  type ScanResult,
  type SeenFile,
  scan,
} from '../../kube/manifest-files.ts'
import { isKnownKind, unreadReason } from '../../kube/manifest-kinds.ts'
import { MCS_GROUP } from '../../kube/mcs.ts'
import type { Log } from '../../log.ts'
import type { FleetResource } from '../api/records.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'
import type { EmbeddedApi } from './api.ts'

/** Milliseconds between two scans of the folder. */
const INTERVAL_MS = 300
const MANAGER = 'manifests'

const resources: ReadonlyMap<string, FleetResource> = new Map([
  ['Namespace', 'namespaces'],
  ['Service', 'services'],
  ['EndpointSlice', 'endpointslices'],
  ['ServiceExport', 'serviceexports'],
  ['ServiceImport', 'serviceimports'],
])

const KINDS = new Map([
  ['Namespace', ''],
  ['Service', ''],
  ['EndpointSlice', 'discovery.k8s.io'],
  ['ServiceExport', MCS_GROUP],
  ['ServiceImport', MCS_GROUP],
])

interface Applied {
  readonly resource: FleetResource
  readonly key: string
  readonly body: Body
}

/** The manifests of one folder and what was applied from them. */
export class EmbeddedManifests {
  readonly #folder: string
  readonly #api: EmbeddedApi
  readonly #log: Log
  readonly #seen = new Map<string, SeenFile>()
  readonly #files = new Map<string, readonly Applied[]>()
  #folderError = ''
  /** Files whose last read failed. */
  readonly #unreadable = new Set<string>()
  /** The last applied version of each object, like kubectl's last-applied-configuration annotation. */
  readonly #applied = new Map<string, Applied>()

  constructor(folder: string, api: EmbeddedApi, log: Log) {
    this.#folder = folder
    this.#api = api
    this.#log = log
  }

  /** Polls the folder until the signal aborts. */
  async follow(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(clock, INTERVAL_MS, signal)
      if (!signal.aborted) await this.read(clock.wall())
    }
  }

  /** Reads the changed files and applies them; errors are logged. `wallNow`: milliseconds since 1970. */
  async read(wallNow: number): Promise<void> {
    let results: readonly ScanResult[]
    try {
      results = await scan(this.#folder, this.#seen, wallNow)
    } catch (error) {
      this.#folderFailed(errorText(error))
      return
    }
    if (this.#folderError !== '') this.#log.info(`${this.#folder}: readable again`)
    this.#folderError = ''
    if (results.length === 0) return
    for (const result of results) {
      const { file } = result
      if ('gone' in result) this.#files.delete(file)
      else if ('error' in result) this.#logError(result.error)
      else this.#parse(file, result.text)
      if ('error' in result) this.#unreadable.add(file)
      else if (this.#unreadable.delete(file) && 'text' in result)
        this.#log.info(`${file}: readable again`)
    }
    this.#apply()
  }

  /** Logs an error of the folder once, until another one or until the folder is readable again. */
  #folderFailed(message: string): void {
    if (message === this.#folderError) return
    this.#folderError = message
    const text = `the folder cannot be read: ${message}; the objects read before stay in use`
    this.#log.error(`${this.#folder}: ${text}`)
  }

  #parse(file: string, content: string): void {
    try {
      const documents = readDocuments(file, content)
      for (const text of documents.flatMap((one) => warningsOf(file, one))) this.#log.warning(text)
      this.#files.set(
        file,
        documents.flatMap(({ value }) => toApplied(value)),
      )
    } catch (error) {
      this.#logError(error)
    }
  }

  #apply(): void {
    const wanted = new Map<string, Applied>()
    for (const file of [...this.#files.keys()].sort()) {
      for (const object of this.#files.get(file)!)
        wanted.set(`${object.resource} ${object.key}`, object)
    }
    const rank = ({ resource }: Applied) => (resource === 'namespaces' ? 0 : 1)
    for (const object of [...wanted.values()].sort((a, b) => rank(a) - rank(b))) {
      this.#try(() => this.#put(object))
    }
    for (const [id, object] of [...this.#applied]) {
      if (!wanted.has(id)) this.#try(() => this.#delete(id, object))
    }
  }

  #put(object: Applied): void {
    const { resource, key, body } = object
    const id = `${resource} ${key}`
    const before = this.#applied.get(id)?.body ?? {}
    const isNew = this.#api.get(resource, key) === undefined
    if (isNew) this.#api.create(resource, body, MANAGER)
    else this.#api.patch(resource, key, patchFrom(before, body), MANAGER)
    this.#applied.set(id, object)
  }

  #delete(id: string, { resource, key }: Applied): void {
    // Deleting its namespace may already have deleted it.
    if (this.#api.get(resource, key) !== undefined) this.#api.delete(resource, key)
    this.#applied.delete(id)
  }

  #try(change: () => void): void {
    try {
      change()
    } catch (error) {
      this.#logError(error)
    }
  }

  #logError(error: unknown): void {
    this.#log.error(`${this.#folder}: ${errorText(error)}`)
  }
}

function warningsOf(file: string, { value, line, warnings }: ManifestDocument): string[] {
  const { kind, apiVersion } = nestedObject(value)
  const reason = unreadReason(KINDS, stringOf(kind), stringOf(apiVersion))
  const unread = reason === undefined ? [] : [`${file}:${line}: ${keyOf(value)}: ${reason}`]
  return [...warnings, ...unread]
}

function toApplied(value: unknown): readonly Applied[] {
  const object = nestedObject(value)
  const kind = stringOf(object.kind)
  const resource = resources.get(kind)
  if (resource === undefined || !isKnownKind(KINDS, kind, stringOf(object.apiVersion))) return []
  const metadata = nestedObject(object, 'metadata')
  const namespace = resource === 'namespaces' ? {} : { namespace: metadata.namespace ?? 'default' }
  const { status: _, ...rest } = object
  const body = { ...rest, metadata: { ...metadata, ...namespace } }
  return [{ resource, key: keyOf(body), body }]
}

/** The merge patch that sets the fields of `next` and removes those that only `before` has. */
function patchFrom(before: Body, next: Body): Body {
  const patch: Record<string, unknown> = {}
  for (const name of Object.keys(before)) if (!(name in next)) patch[name] = null
  for (const [name, value] of Object.entries(next)) {
    const fields = asFields(value)
    patch[name] = fields === undefined ? value : patchFrom(nestedObject(before[name]), fields)
  }
  return patch
}
