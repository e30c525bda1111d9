// The writes and Events that the fleet sends to a member cluster, and how a log line names them.
import type { FleetResource } from './records.ts'
import type { ObjectId } from './types.ts'

export type Body = Readonly<Record<string, unknown>>

/** What an Event says. */
export interface EventNote {
  /** What of the object it is about: the last note about a thing is not told twice in a row. */
  readonly about: string
  readonly type: 'Normal' | 'Warning'
  /** In CamelCase. */
  readonly reason: string
  readonly message: string
}

/** A note about one object. */
export interface ObjectNote extends EventNote {
  readonly resource: FleetResource
  readonly namespace: string
  readonly id: ObjectId
}

/** A note that becomes an Event. */
export interface ClusterEvent extends ObjectNote {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Tells it from others of the same millisecond. */
  readonly serial: number
  /** Name of the replica that reports it, '' for none. */
  readonly replica: string
}

/** A write without what the cluster itself knows: apiVersion, kind, where its API is. */
export type Write = {
  readonly resource: FleetResource
  readonly namespace: string
  /** Id of the cluster whose endpoints it brings, or takes away. */
  readonly source?: string
} & (
  | {
      readonly action: 'create'
      readonly name: string
      readonly body: Body
      /** To be tried one after the other when the server finds `body` invalid. */
      readonly otherwise?: readonly Body[]
    }
  /** A merge patch that meets exactly the object `id`. */
  | {
      readonly action: 'patch'
      readonly id: ObjectId
      readonly body: Body
      readonly subresource: '' | 'status'
      /** What there is to tell of the object once it is written. */
      readonly events?: readonly EventNote[]
    }
  | { readonly action: 'delete'; readonly id: ObjectId }
)

/** "create services ns/amcs-web" */
export function describe(write: Write): string {
  return `${write.action} ${objectOf(write)}`
}

/** "services ns/amcs-web", "serviceimports/status ns/web" */
export function objectOf(write: Write): string {
  const { action, resource, namespace } = write
  const name = action === 'create' ? write.name : write.id.name
  const part = action === 'patch' && write.subresource !== '' ? `/${write.subresource}` : ''
  return `${resource}${part} ${namespace}/${name}`
}
