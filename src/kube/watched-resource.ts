// What a reflector needs of one resource: where it is, in which form it is asked for, and who takes its objects.
import type { RequestInfo } from './api-messages.ts'
import type { Decoders } from './wire-format.ts'

export interface WatchedResource {
  readonly resource: string
  readonly group: string
  /** Path of the collection; for ServiceImports it depends on the version that is served. */
  readonly path: string
  /** Query parameters of every request, each with its `&`. */
  readonly query: string
  readonly acceptList: string
  readonly acceptWatch: string
  /** Of what may come as protobuf. */
  readonly decoders?: Decoders
  readonly put: (raw: unknown, receivedAt: number) => void
  readonly remove: (raw: unknown, receivedAt: number) => void
}

export const JSON_TYPE = 'application/json'
/** The suffix of a media type that asks for metadata only. */
export const METADATA = ';g=meta.k8s.io;v=v1'

/** What is asked, for messages. */
export function requestInfo(watched: WatchedResource, verb: RequestInfo['verb']): RequestInfo {
  return { verb, resource: watched.resource, group: watched.group }
}
