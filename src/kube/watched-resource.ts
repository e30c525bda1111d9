// One resource as a reflector reads it: its path, its media types, and the functions that take its objects.
import type { RequestInfo } from './api-messages.ts'
import type { Decoders } from './wire-format.ts'

/** A resource of an API server and the functions that store its objects. */
export interface WatchedResource {
  readonly resource: string
  readonly group: string
  /** Path of the collection; for ServiceImports it depends on the served version. */
  readonly path: string
  /** Query parameters of every request, each with a leading `&`. */
  readonly query: string
  readonly acceptList: string
  readonly acceptWatch: string
  /** Decoders by kind, where a response may be protobuf. */
  readonly decoders?: Decoders
  readonly put: (raw: unknown, receivedAt: number) => void
  readonly remove: (raw: unknown, receivedAt: number) => void
}

/** The request as error messages name it. */
export function requestInfo(
  { resource, group }: Pick<WatchedResource, 'resource' | 'group'>,
  verb: RequestInfo['verb'],
): RequestInfo {
  return { verb, resource, group }
}
