// One line of a watch stream to an event, or to the ApiError that it means.
import { ApiError } from './api-error.ts'
import { asFields, type Fields } from './fields.ts'
import { show } from './flaws.ts'

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: unknown
  /** '' when the object has none. */
  readonly resourceVersion: string
  /** A bookmark that ends the initial events of a WatchList (KEP-3157). */
  readonly initialEnd: boolean
}

/** Throws ApiError: "expired" for 410, "error_event" for other ERROR events, "protocol" for junk. */
export function parseEvent(line: string): WatchEvent {
  let fields: Fields | undefined
  try {
    fields = asFields(JSON.parse(line))
  } catch (cause) {
    throw new ApiError('protocol', `a watch event is not JSON: ${show(line)}`, { cause })
  }
  const { type, object } = fields ?? {}
  if (type === 'ERROR') throw errorEvent(asFields(object))
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK') {
    throw new ApiError('protocol', `a watch event has the type ${show(type)}`)
  }
  const metadata = asFields(asFields(object)?.metadata)
  const { resourceVersion } = metadata ?? {}
  const annotations = type === 'BOOKMARK' ? asFields(metadata?.annotations) : undefined
  return {
    type,
    object,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    initialEnd: annotations?.['k8s.io/initial-events-end'] === 'true',
  }
}

function errorEvent(status: Fields | undefined): ApiError {
  const code = typeof status?.code === 'number' ? status.code : 0
  const message = typeof status?.message === 'string' ? status.message : 'no message'
  const text = `the watch ends with an error: ${message.slice(0, 300)} (${code})`
  return new ApiError(code === 410 ? 'expired' : 'error_event', text, { status: code })
}
