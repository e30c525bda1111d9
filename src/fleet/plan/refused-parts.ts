// Which parts of a write an API server refuses: the causes of a 422 name fields ("endpoints[3].addresses[0]"), and the
// body of the write has the values there. A part is identified by its value, so that it is left out wherever it occurs
// and is written again once it has another value. Pure.
import type { StatusCause } from '../../kube/api-error.ts'
import { isReserved } from '../api/labels.ts'
import { shortHash } from '../api/names.ts'
import {
  listOf,
  nestedObject,
  objectsOf,
  portsOf,
  stringMapOf,
  stringsOf,
} from '../api/unstructured.ts'
import type { Body, Write } from '../api/writes.ts'

/** What a part is, in the words of messages. */
export type PartKind =
  | 'endpoint'
  | 'hostname'
  | 'zone'
  | 'port'
  | 'appProtocol'
  | 'label'
  | 'annotation'
  | 'field'

/** A part of an object that the API server refuses. */
export interface RefusedPart {
  readonly kind: PartKind
  /** Identifies the part by its resource, kind and value, as `partId` returns it. */
  readonly id: string
  /** The value as messages name it. */
  readonly value: string
  /** The API server's reason. */
  readonly message: string
}

type Resource = Write['resource']

/** The identity of a part; `value` is an address, a `portValue`, an `entryValue`, or the name of a field of the spec. */
export function partId(resource: Resource, kind: PartKind, value: string): string {
  return `${resource} ${kind} ${value}`
}

/** The value of a port. */
export function portValue(port: { name: string; protocol: string; port: number | undefined }) {
  return `${port.name}:${port.port ?? ''}/${port.protocol || 'TCP'}`
}

/** The value of a label or an annotation: annotations can be long. */
export function entryValue(key: string, value: string): string {
  return `${key}=${shortHash(value)}`
}

/**
 * The parts of the write that `causes` name and that can be left out, without duplicates. Empty when no cause names
 * such a part: the object is refused as a whole.
 */
export function namedParts(write: Write, causes: readonly StatusCause[]): readonly RefusedPart[] {
  if (write.action === 'delete') return []
  if (write.action === 'patch' && write.subresource !== '') return []
  const named = causes.flatMap((cause) => partsAt(write.resource, write.body, cause))
  return [...new Map(named.map((part) => [part.id, part])).values()]
}

function partsAt(resource: Resource, body: Body, cause: StatusCause): readonly RefusedPart[] {
  const part = (kind: PartKind, value: string, shown = value): RefusedPart => {
    return { kind, id: partId(resource, kind, value), value: shown, message: cause.message }
  }
  const { field } = cause
  const endpoint = /^endpoints\[(\d+)\](.*)$/.exec(field)
  if (resource === 'endpointslices' && endpoint !== null) {
    const [, index, rest = ''] = endpoint
    return endpointParts(objectsOf([elementAt(body.endpoints, index)])[0], rest, part)
  }
  const port = /^(spec\.)?ports\[(\d+)\](.*)$/.exec(field)
  if (port !== null) {
    const [, isInSpec, index, rest = ''] = port
    const list = isInSpec === undefined ? body.ports : nestedObject(body, 'spec').ports
    const [refused] = portsOf([elementAt(list, index)])
    if (refused === undefined) return []
    if (rest.startsWith('.appProtocol')) return [part('appProtocol', refused.appProtocol)]
    return [part('port', portValue(refused))]
  }
  if (resource === 'endpointslices') return []
  const policy = /^spec\.(sessionAffinity|internalTrafficPolicy|trafficDistribution)/.exec(field)
  if (policy !== null) return [part('field', policy[1]!)]
  const metadata = /^metadata\.(label|annotation)s(.*)$/.exec(field)
  if (resource !== 'serviceimports' || metadata === null) return []
  const [, kind, rest = ''] = metadata
  const entries = stringMapOf(nestedObject(body, 'metadata', `${kind}s`))
  return namedEntries(entries, rest, cause.message).map(([key, value]) =>
    part(kind as 'label' | 'annotation', entryValue(key, value), JSON.stringify(key)),
  )
}

/** One element: a refusal may name thousands, and reading the whole list for each is their product. */
function elementAt(list: unknown, index: string | undefined): unknown {
  return listOf(list)[Number(index)]
}

function endpointParts(
  endpoint: Body | undefined,
  rest: string,
  part: (kind: PartKind, value: string) => RefusedPart,
): readonly RefusedPart[] {
  if (endpoint === undefined) return []
  if (rest.startsWith('.hostname')) return [part('hostname', String(endpoint.hostname ?? ''))]
  if (rest.startsWith('.zone') || rest.startsWith('.hints')) {
    return [part('zone', String(endpoint.zone ?? ''))]
  }
  const addresses = stringsOf(endpoint.addresses)
  const index = /^\.addresses\[(\d+)\]/.exec(rest)?.[1]
  const named = index === undefined ? addresses : addresses.slice(Number(index), Number(index) + 1)
  return named.map((address) => part('endpoint', address))
}

/**
 * The exported entries that a cause names: by key in its field ("metadata.labels[team]"), else by the value that its
 * message quotes, which is a key or a value (Kubernetes, ValidateLabels), else all.
 */
function namedEntries(
  entries: Readonly<Record<string, string>>,
  rest: string,
  message: string,
): readonly (readonly [key: string, value: string])[] {
  const exported = Object.entries(entries).filter(([key]) => !isReserved(key))
  const key = rest.replaceAll(/^[.[]["']?|["']?\]?$/g, '')
  if (key !== '') return exported.filter((entry) => entry[0] === key)
  const quoted = /^[^"]*"((?:[^"\\]|\\.)*)"/.exec(message)?.[1]
  const matching = exported.filter((entry) => quoted !== undefined && entry.includes(quoted))
  return matching.length > 0 ? matching : exported
}
