// An Event as client-go's recorder writes it: core/v1, named after its object and a timestamp in nanoseconds.
import { timestamp } from '../../kube/clock.ts'
import { messageText } from '../api/message-text.ts'
import { FIELD_MANAGER } from '../api/names.ts'
import type { Body, ClusterEvent } from '../api/writes.ts'

/** Bytes; limit of the API for the note of an Event. */
const MESSAGE_BYTES = 1024
/** Characters; limit of object names. */
const NAME_LENGTH = 253

/** The Event to create; `kind` holds the apiVersion and kind of the involved object. */
export function eventBody(
  event: ClusterEvent,
  kind: { readonly apiVersion: string; readonly kind: string },
): Body {
  const { namespace, id, type, reason, message, resource, at, replica } = event
  const time = timestamp(at)
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
    message: messageText(message, MESSAGE_BYTES),
    action: resource === 'serviceexports' ? 'Export' : 'Import',
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: FIELD_MANAGER },
    reportingComponent: FIELD_MANAGER,
    reportingInstance: replica,
  }
}

/** "web.17a2b3c4d5e6f708"; `serial` fills the nanoseconds, since the clock has milliseconds only. */
export function eventName({ id, at, serial }: ClusterEvent): string {
  const suffix = (BigInt(at) * 1_000_000n + BigInt(serial % 1_000_000)).toString(16)
  const prefix = id.name.slice(0, NAME_LENGTH - suffix.length - 1).replace(/[^a-z0-9]+$/, '')
  return `${prefix}.${suffix}`
}
