// Applies a folder of manifests to an embedded cluster. The folder is polled: changed objects are applied as by
// `kubectl apply`, removed ones are deleted. An invalid file keeps its last valid content.
import { errorText } from '../../errors.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import { asFields, keyOf } from '../../kube/fields.ts'
import { type ManifestDocument, readDocuments } from '../../kube/manifest-files.ts'
import { ManifestFolder } from '../../kube/manifest-folder.ts'
import {
  isKnownKind,
  listedObjects,
  type RawObject,
  unreadReason,
} from '../../kube/manifest-kinds.ts'
import { MCS_GROUP } from '../../kube/mcs.ts'
import type { Log } from '../../log.ts'
import type { FleetResource } from '../api/records.ts'
import { nestedObject } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'
import type { EmbeddedApi } from './api.ts'

/** Milliseconds between two scans of the folder. */
const INTERVAL_MS = 300
const MANAGER = 'manifests'

interface KnownKind {
  readonly group: string
  readonly resource: FleetResource
}

const kinds: ReadonlyMap<string, KnownKind> = new Map([
  ['Namespace', { group: '', resource: 'namespaces' }],
  ['Service', { group: '', resource: 'services' }],
  ['EndpointSlice', { group: 'discovery.k8s.io', resource: 'endpointslices' }],
  ['ServiceExport', { group: MCS_GROUP, resource: 'serviceexports' }],
  ['ServiceImport', { group: MCS_GROUP, resource: 'serviceimports' }],
])
const groups = new Map([...kinds].map(([kind, { group }]) => [kind, group]))

interface Applied {
  readonly resource: FleetResource
  /** "FILE:LINE: KIND NAMESPACE/NAME" for messages. */
  readonly place: string
  readonly key: string
  readonly body: Body
}

/** The manifests of one folder and what was applied from them. */
export class EmbeddedManifests {
  readonly #name: string
  readonly #folder: ManifestFolder
  readonly #api: EmbeddedApi
  readonly #log: Log
  readonly #files = new Map<string, readonly Applied[]>()
  /** The last applied version of each object, like kubectl's last-applied-configuration annotation. */
  readonly #applied = new Map<string, Applied>()

  constructor(folder: string, api: EmbeddedApi, log: Log) {
    this.#name = folder
    this.#folder = new ManifestFolder(folder, folder, log)
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
    const results = (await this.#folder.scan(wallNow)) ?? []
    if (results.length === 0) return
    for (const result of results) {
      const { file } = result
      if ('gone' in result) this.#files.delete(file)
      else if ('error' in result) this.#logError(result.error)
      else this.#parse(file, result.text)
    }
    this.#apply()
  }

  #parse(file: string, content: string): void {
    try {
      const documents = readDocuments(file, content).map((document) => {
        return { document, objects: listedObjects(document.value) }
      })
      for (const { document, objects } of documents) {
        for (const text of warningsOf(file, document, objects)) this.#log.warning(text)
      }
      this.#files.set(
        file,
        documents.flatMap(({ document, objects }) =>
          objects.flatMap((object) => toApplied(object, `${file}:${document.line}`)),
        ),
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
      this.#try(() => this.#put(object), `${object.place}: `)
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

  /** `place` comes before the text of an error, in place of the folder. */
  #try(change: () => void, place?: string): void {
    try {
      change()
    } catch (error) {
      this.#logError(error, place)
    }
  }

  #logError(error: unknown, place = `${this.#name}: `): void {
    this.#log.error(`${place}${errorText(error)}`)
  }
}

function warningsOf(
  file: string,
  { line, warnings }: ManifestDocument,
  objects: readonly RawObject[],
): string[] {
  const unread = objects.flatMap(({ raw, kind, version }) => {
    const reason = unreadReason(groups, kind, version)
    return reason === undefined ? [] : [`${file}:${line}: ${keyOf(raw)}: ${reason}`]
  })
  return [...warnings, ...unread]
}

/** `where` is "FILE:LINE". */
function toApplied({ raw, kind, version }: RawObject, where: string): readonly Applied[] {
  const object = nestedObject(raw)
  const resource = kinds.get(kind)?.resource
  if (resource === undefined || !isKnownKind(groups, kind, version)) return []
  const metadata = nestedObject(object, 'metadata')
  const namespace = resource === 'namespaces' ? {} : { namespace: metadata.namespace ?? 'default' }
  const { status: _, ...rest } = object
  const body = { ...rest, apiVersion: version, kind, metadata: { ...metadata, ...namespace } }
  const key = keyOf(body)
  return [{ resource, place: `${where}: ${kind} ${key}`, key, body }]
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
