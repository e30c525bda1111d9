// Encodes objects, lists and watch events as an API server does: in JSON, or in protobuf for built-in kinds (with the
// encoder of the tests).
import type { KubeObject } from '../../test/support/kube-client.ts'
import {
  encodePod,
  encodeService,
  encodeSlice,
  frame,
  message,
  wrap,
} from '../../test/support/protobuf-encode.ts'

const API_VERSIONS: Readonly<Record<string, string>> = {
  EndpointSlice: 'discovery.k8s.io/v1',
  Namespace: 'v1',
  Pod: 'v1',
  Service: 'v1',
  ServiceImport: 'multicluster.x-k8s.io/v1alpha1',
}

/** The protobuf message of an object of a built-in kind, without its envelope. */
export function toProtobuf(object: KubeObject): Buffer {
  if (object.kind === 'EndpointSlice') return encodeSlice(object)
  if (object.kind === 'Service') return encodeService(object)
  if (object.kind === 'Pod') return encodePod(object)
  const { name, resourceVersion } = object.metadata
  return message({ 1: message({ 1: name, 6: String(resourceVersion) }) })
}

export function protobufEvent(type: string, kind: string, raw: Uint8Array): Buffer {
  return frame(type, wrap(API_VERSIONS[kind] ?? '', kind, raw))
}

/** A bookmark; `endsList` marks the end of a streamed list. */
export function protobufBookmark(kind: string, version: number, endsList: boolean): Buffer {
  const annotation = message({ 1: 'k8s.io/initial-events-end', 2: 'true' })
  const meta = message({ 6: String(version), 12: endsList ? [annotation] : [] })
  return protobufEvent('BOOKMARK', kind, message({ 1: meta }))
}

export function jsonEvent(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}\n`
}

export function jsonBookmark(kind: string, version: number, endsList: boolean): string {
  const annotations = endsList ? { 'k8s.io/initial-events-end': 'true' } : {}
  const apiVersion = API_VERSIONS[kind]
  const metadata = { resourceVersion: String(version), annotations }
  return jsonEvent('BOOKMARK', JSON.stringify({ apiVersion, kind, metadata }))
}

/** The JSON text of a list before the first item and after the last one. */
export function listEnvelope(
  kind: string,
  version: number,
  next: string,
): { readonly head: string; readonly tail: string } {
  const metadata = { resourceVersion: String(version), ...(next === '' ? {} : { continue: next }) }
  const apiVersion = API_VERSIONS[kind]
  const head = JSON.stringify({ kind: `${kind}List`, apiVersion, metadata }).slice(0, -1)
  return { head: `${head},"items":[`, tail: ']}' }
}

export function protobufList(
  kind: string,
  version: number,
  next: string,
  items: readonly Uint8Array[],
): Buffer {
  const meta = message({ 2: String(version), 3: next === '' ? undefined : next })
  return wrap(API_VERSIONS[kind] ?? '', `${kind}List`, message({ 1: meta, 2: items }))
}
