// A Kubernetes API in memory, for the demo and for tests: uids, resourceVersions, preconditions, status subresources,
// namespaces, managedFields, and the Service defaults of services.ts. It behaves like an API server wherever the fleet
// depends on the difference. It has no garbage collector, so that nothing relies on one.
import { timestamp } from '../../kube/clock.ts'
import { keyOf, show } from '../../kube/fields.ts'
import type { FleetResource } from '../api/records.ts'
import { isDeleting, nestedObject, numberOf, stringOf } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'
import { invalid, refusal } from './api-errors.ts'
import { managedBy } from './managed-fields.ts'
import { mergePatch } from './merge-patch.ts'
import { EmbeddedServices } from './services.ts'

/** Options of EmbeddedApi. */
export interface EmbeddedApiOptions {
  /** Milliseconds since 1970, for creationTimestamp. */
  readonly wall: () => number
  /** CIDRs of the clusterIPs, one for each family; default 10.96.0.0/16 and fd00:96::/112. */
  readonly serviceRanges?: readonly string[]
  /** Prefix of every uid, so that the uids of two clusters differ. */
  readonly name: string
}

/** A watch event. */
export interface EmbeddedEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: FleetResource
  readonly object: Body
}

interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

/** The maximum number of Events kept; an API server keeps them for an hour. */
const MAX_EVENTS = 1000
/** Kinds whose status is a subresource. */
const WITH_STATUS: readonly FleetResource[] = ['serviceexports', 'serviceimports', 'services']

/** Objects by resource and "namespace/name" key, with watch events. */
export class EmbeddedApi {
  readonly #options: EmbeddedApiOptions
  readonly #services: EmbeddedServices
  readonly #objects = new Map<FleetResource, Map<string, Body>>()
  readonly #listeners = new Set<(event: EmbeddedEvent) => void>()
  readonly #events: Body[] = []
  #version = 0
  #uids = 0

  constructor(options: EmbeddedApiOptions) {
    this.#options = options
    this.#services = new EmbeddedServices(
      options.serviceRanges ?? ['10.96.0.0/16', 'fd00:96::/112'],
    )
  }

  /** All objects of a resource. */
  list(resource: FleetResource): readonly Body[] {
    return [...this.#objectsOf(resource).values()]
  }

  /** The object with this "namespace/name" key. */
  get(resource: FleetResource, key: string): Body | undefined {
    return this.#objectsOf(resource).get(key)
  }

  /** Calls the listener for each watch event from now on; returns the unsubscriber. */
  subscribe(listener: (event: EmbeddedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The latest Events, oldest first. */
  get events(): readonly Body[] {
    return this.#events
  }

  /** Stores an Event; throws ApiError. */
  addEvent(body: Body): void {
    this.#checkNamespace('events', body)
    if (this.#events.push(body) > MAX_EVENTS) this.#events.shift()
  }

  /** Creates an object; throws ApiError. A given creationTimestamp is kept, as after a restore. */
  create(resource: FleetResource, body: Body, manager: string): Body {
    const raw = this.#withName(body)
    const key = keyOf(raw)
    if (this.get(resource, key) !== undefined) {
      throw refusal(409, 'AlreadyExists', `${resource} "${key}" already exists`)
    }
    this.#checkNamespace(resource, raw)
    const metadata = nestedObject(raw, 'metadata')
    const created = timestamp(this.#options.wall())
    const stored = this.#admit(resource, raw, undefined)
    const { status: _, ...bare } = stored
    const object = {
      ...(WITH_STATUS.includes(resource) ? bare : stored),
      metadata: {
        ...metadata,
        uid: `${this.#options.name}-${++this.#uids}`,
        creationTimestamp: stringOf(metadata.creationTimestamp) || created,
        generation: 1,
        managedFields: managedBy(manager, {}, stored, []),
      },
    }
    return this.#store('ADDED', resource, key, object)
  }

  /** Applies a merge patch; its metadata.uid and metadata.resourceVersion are preconditions. Throws ApiError. */
  patch(
    resource: FleetResource,
    key: string,
    body: Body,
    manager: string,
    subresource: '' | 'status' = '',
  ): Body {
    const before = this.#existing(resource, key)
    const { uid, resourceVersion } = nestedObject(body, 'metadata')
    this.#check(resource, key, { uid: stringOf(uid), resourceVersion: stringOf(resourceVersion) })
    const merged = mergePatch(before, body) as Body
    const isStatus = subresource === 'status'
    const hasStatus = WITH_STATUS.includes(resource)
    const next = isStatus
      ? { ...before, status: merged.status }
      : { ...merged, ...(hasStatus ? { status: before.status } : {}) }
    const metadata = nestedObject(isStatus ? before : merged, 'metadata')
    const admitted = isStatus ? next : this.#admit(resource, next, before)
    const stored = nestedObject(before, 'metadata')
    const changed = !isEqual(withoutMetadata(admitted), withoutMetadata(before))
    const object = {
      ...admitted,
      metadata: {
        ...metadata,
        resourceVersion: stored.resourceVersion,
        uid: stored.uid,
        creationTimestamp: stored.creationTimestamp,
        generation: (numberOf(stored.generation) ?? 0) + (changed && !isStatus ? 1 : 0),
        managedFields: managedBy(manager, before, admitted, stored.managedFields),
      },
    }
    if (isEqual(object, before)) return before
    return this.#store('MODIFIED', resource, key, object)
  }

  /** Deletes an object, and with a Namespace all objects in it. Throws ApiError. */
  delete(resource: FleetResource, key: string, preconditions: Preconditions = {}): void {
    const object = this.#existing(resource, key)
    this.#check(resource, key, preconditions)
    if (resource === 'namespaces') this.#deleteContents(key, object)
    this.#objectsOf(resource).delete(key)
    if (resource === 'services') this.#services.release(object)
    const metadata = {
      ...nestedObject(object, 'metadata'),
      resourceVersion: String(++this.#version),
    }
    this.#notify({ type: 'DELETED', resource, object: { ...object, metadata } })
  }

  #deleteContents(namespace: string, object: Body): void {
    const deletionTimestamp = timestamp(this.#options.wall())
    const metadata = { ...nestedObject(object, 'metadata'), deletionTimestamp }
    this.#store('MODIFIED', 'namespaces', namespace, { ...object, metadata })
    for (const [resource, objects] of this.#objects) {
      if (resource === 'namespaces') continue
      for (const key of [...objects.keys()]) {
        if (key.startsWith(`${namespace}/`)) this.delete(resource, key)
      }
    }
  }

  #admit(resource: FleetResource, raw: Body, before: Body | undefined): Body {
    if (resource === 'services') return this.#services.admit(raw, before)
    if (resource === 'endpointslices' && before !== undefined) {
      if (raw.addressType !== before.addressType) {
        throw invalid('addressType', 'field is immutable')
      }
    }
    if (resource === 'serviceimports') {
      const { type, ports } = nestedObject(raw, 'spec')
      if (type !== 'ClusterSetIP' && type !== 'Headless') {
        const supported = 'supported values: "ClusterSetIP", "Headless"'
        throw invalid('spec.type', `Unsupported value: ${show(type)}: ${supported}`)
      }
      if (!Array.isArray(ports)) throw invalid('spec.ports', 'Required value')
    }
    return raw
  }

  #withName(raw: Body): Body {
    const metadata = nestedObject(raw, 'metadata')
    const start = stringOf(metadata.generateName)
    if (stringOf(metadata.name) !== '' || start === '') return raw
    return { ...raw, metadata: { ...metadata, name: `${start}${++this.#uids}` } }
  }

  #checkNamespace(resource: FleetResource | 'events', raw: Body): void {
    if (resource === 'namespaces') return
    const name = stringOf(nestedObject(raw, 'metadata').namespace)
    const namespace = this.get('namespaces', name)
    if (namespace === undefined) throw refusal(404, 'NotFound', `namespaces "${name}" not found`)
    if (isDeleting(nestedObject(namespace, 'metadata'))) {
      const why = `namespace ${name} is being terminated`
      const cause = { reason: 'NamespaceTerminating', field: 'metadata.namespace', message: why }
      throw refusal(403, 'Forbidden', why, [cause])
    }
  }

  #existing(resource: FleetResource, key: string): Body {
    const object = this.get(resource, key)
    if (object === undefined) throw refusal(404, 'NotFound', `${resource} "${key}" not found`)
    return object
  }

  #check(resource: FleetResource, key: string, preconditions: Preconditions): void {
    const metadata = nestedObject(this.get(resource, key), 'metadata')
    for (const field of ['uid', 'resourceVersion'] as const) {
      if (!preconditions[field] || preconditions[field] === metadata[field]) continue
      throw refusal(
        409,
        'Conflict',
        `${resource} "${key}": the ${field} in the precondition does not match`,
      )
    }
  }

  #store(type: 'ADDED' | 'MODIFIED', resource: FleetResource, key: string, object: Body): Body {
    const metadata = {
      ...nestedObject(object, 'metadata'),
      resourceVersion: String(++this.#version),
    }
    const stored = { ...object, metadata }
    this.#objectsOf(resource).set(key, stored)
    this.#notify({ type, resource, object: stored })
    return stored
  }

  #notify(event: EmbeddedEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  #objectsOf(resource: FleetResource): Map<string, Body> {
    const existing = this.#objects.get(resource)
    if (existing !== undefined) return existing
    const objects = new Map<string, Body>()
    this.#objects.set(resource, objects)
    return objects
  }
}

function withoutMetadata({ metadata: _metadata, status: _status, ...rest }: Body): Body {
  return rest
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, sorted(field)]),
  )
}
