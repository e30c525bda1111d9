// The writes and Events that the fleet sends to a member cluster, and their names in log lines.
import type { FleetResource } from './records.ts'
import type { ObjectId } from './types.ts'

/** A raw JSON object. */
export type Body = Readonly<Record<string, unknown>>

/** The content of an Event. */
export interface EventNote {
  /** The topic within the object, such as a condition type. A repeated note on one topic is not recorded again. */
  readonly about: string
  readonly type: 'Normal' | 'Warning'
  /** In CamelCase. */
  readonly reason: string
  readonly message: string
}

/** The content of an Event, with the object that it is about. */
export interface ObjectNote extends EventNote {
  readonly resource: FleetResource
  readonly namespace: string
  readonly id: ObjectId
}

/** An Event to be created. */
export interface ClusterEvent extends ObjectNote {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Distinguishes Events of the same millisecond. */
  readonly serial: number
  /** Name of the reporting replica; '' when there is none. */
  readonly replica: string
}

/** The service ("namespace/name") of a note: exports and imports have its name. */
export function serviceOf({ namespace, id }: Pick<ObjectNote, 'namespace' | 'id'>): string {
  return `${namespace}/${id.name}`
}

/** A write. The member cluster adds apiVersion, kind and path. */
export type Write = {
  readonly resource: FleetResource
  readonly namespace: string
  /** Id of the source cluster whose endpoints this write adds or removes. */
  readonly source?: string
} & (
  | {
      readonly action: 'create'
      readonly name: string
      readonly body: Body
      /** Bodies to try in order when the server rejects `body` as invalid. */
      readonly otherwise?: readonly Body[]
      /** What a later reconcile creates once this object exists. A dry run lists it. */
      readonly next?: Write
    }
  /** A merge patch with `id` as its precondition. */
  | {
      readonly action: 'patch'
      readonly id: ObjectId
      readonly body: Body
      readonly subresource: '' | 'status'
      /** Events to create after the write succeeded. */
      readonly events?: readonly EventNote[]
    }
  | { readonly action: 'delete'; readonly id: ObjectId }
)

/** What a log line about a write of this cluster is about. */
export function writeFields(cluster: string, write: Write) {
  const { action, namespace } = write
  const name = action === 'create' ? write.name : write.id.name
  return { cluster, resource: resourceOf(write), namespace, name, action }
}

/** "create services ns/amcs-web" */
export function describe(write: Write): string {
  return `${write.action} ${objectOf(write)}`
}

/** "services ns/amcs-web", "serviceimports/status ns/web" */
export function objectOf(write: Write): string {
  const { action, namespace } = write
  const name = action === 'create' ? write.name : write.id.name
  return `${resourceOf(write)} ${namespace}/${name}`
}

function resourceOf(write: Write): string {
  const isPart = write.action === 'patch' && write.subresource !== ''
  return isPart ? `${write.resource}/${write.subresource}` : write.resource
}
