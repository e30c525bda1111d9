// An Event as client-go's recorder writes it: core/v1, named after its object and the nanosecond.
import { FIELD_MANAGER } from '../api/names.ts'
import type { Body, ClusterEvent } from '../api/writes.ts'

/** The API allows notes of 1 KB. */
const MESSAGE_BYTES = 1024
const NAME_LENGTH = 253

/** The body of a create; `kind` is that of the object which the Event is about. */
export function eventBody(
  event: ClusterEvent,
  kind: { readonly apiVersion: string; readonly kind: string },
): Body {
  const { namespace, id, type, reason, message, resource, at, replica } = event
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: eventName(event) },
    involvedObject: {
      ...kind,
      namespace,
      name: id.name,
      uid: id.uid,
      resourceVersion: id.resourceVersion,
    },
    type,
    reason,
    message: shorten(message),
    action: resource === 'serviceexports' ? 'Export' : 'Import',
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: FIELD_MANAGER },
    reportingComponent: FIELD_MANAGER,
    reportingInstance: replica,
  }
}

/** "web.17a2b3c4d5e6f708"; the serial stands for the nanoseconds that no clock here has. */
export function eventName({ id, at, serial }: ClusterEvent): string {
  const suffix = (BigInt(at) * 1_000_000n + BigInt(serial % 1_000_000)).toString(16)
  const prefix = id.name.slice(0, NAME_LENGTH - suffix.length - 1).replace(/[^a-z0-9]+$/, '')
  return `${prefix}.${suffix}`
}

/** Cut where no character is cut. */
function shorten(message: string): string {
  const { read } = new TextEncoder().encodeInto(message, new Uint8Array(MESSAGE_BYTES))
  return message.slice(0, read)
}
