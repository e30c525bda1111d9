// Encodes API objects in protobuf as an API server does, independently of src/. The field numbers are from
// `generated.proto` of k8s.io/api and k8s.io/apimachinery.
import type { KubeObject } from './kube-client.ts'

type Value = string | number | boolean | Uint8Array | undefined

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}

/** A message with these fields by number; a list is a repeated field. */
export function message(fields: Readonly<Record<number, Value | readonly Value[]>>): Buffer {
  const parts: Uint8Array[] = []
  for (const [number, value] of Object.entries(fields)) {
    const list: readonly Value[] = Array.isArray(value) ? value : [value as Value]
    for (const item of list) {
      if (item === undefined) continue
      if (typeof item === 'number' || typeof item === 'boolean') {
        parts.push(varint(Number(number) * 8), varint(Number(item)))
        continue
      }
      const data = typeof item === 'string' ? Buffer.from(item) : item
      parts.push(varint(Number(number) * 8 + 2), varint(data.length), data)
    }
  }
  return Buffer.concat(parts)
}

/** The prefix ("k8s" and a zero byte) and a runtime.Unknown. */
export function wrap(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const unknown = message({ 1: message({ 1: apiVersion, 2: kind }), 2: raw, 3: '', 4: '' })
  return Buffer.concat([Buffer.from('k8s\0'), unknown])
}

const map = (entries: Readonly<Record<string, string>> = {}) =>
  Object.entries(entries).map(([key, value]) => message({ 1: key, 2: value }))

function metadata(meta: NonNullable<KubeObject['metadata']> & Record<string, unknown>): Buffer {
  return message({
    1: meta.name,
    3: meta.namespace,
    5: 'uid',
    6: meta.resourceVersion as string | undefined,
    7: 300,
    8: message({ 1: 1_700_000_000, 2: 0 }),
    9: meta.deletionTimestamp === undefined ? undefined : message({ 1: 1_700_000_000 }),
    11: map(meta.labels as Record<string, string>),
    12: map(meta.annotations as Record<string, string>),
    17: message({ 1: 'manager', 2: 'Update', 7: message({ 1: '{"f:endpoints":{}}' }) }),
  })
}

interface RawSlice extends KubeObject {
  readonly addressType?: string
  readonly endpoints?: readonly RawEndpoint[]
  readonly ports?: readonly { name?: string; protocol?: string; port?: number }[]
}

interface RawEndpoint {
  readonly addresses?: readonly string[]
  readonly conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean }
  readonly hostname?: string
}

/** The message of an EndpointSlice, with further fields that the decoder must skip. */
export function encodeSlice(object: KubeObject): Buffer {
  const slice = object as RawSlice
  return message({
    1: metadata(slice.metadata),
    2: (slice.endpoints ?? []).map(({ addresses = [], conditions = {}, hostname }) =>
      message({
        1: addresses,
        2: message({ 1: conditions.ready, 2: conditions.serving, 3: conditions.terminating }),
        3: hostname,
        4: message({ 1: 'Pod', 3: 'pod-1' }),
        6: 'node-1',
        7: 'zone-a',
      }),
    ),
    3: (slice.ports ?? []).map(({ name, protocol, port }) =>
      message({ 1: name, 2: protocol, 3: port }),
    ),
    4: slice.addressType,
  })
}

interface RawService extends KubeObject {
  readonly spec?: {
    readonly type?: string
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly externalName?: string
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: readonly {
      readonly name?: string
      readonly protocol?: string
      readonly port?: number
    }[]
  }
}

/** The message of a Service, with further fields that the decoder must skip. */
export function encodeService(object: KubeObject): Buffer {
  const { metadata: meta, spec = {} } = object as RawService
  return message({
    1: metadata(meta),
    2: message({
      1: (spec.ports ?? []).map(({ name, protocol, port }) =>
        message({ 1: name, 2: protocol, 3: port, 4: message({ 1: 0, 2: 8080 }), 5: 30_000 }),
      ),
      2: map(spec.selector ?? { app: 'web' }),
      3: spec.clusterIP,
      4: spec.type,
      5: ['203.0.113.1'],
      7: 'None',
      10: spec.externalName,
      18: spec.clusterIPs ?? [],
      19: ['IPv4'],
    }),
    3: message({ 1: message({ 1: message({ 1: '203.0.113.2' }) }) }),
  })
}

interface RawPod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string
    readonly containers?: readonly {
      readonly name: string
      readonly image: string
      readonly env?: readonly { readonly name: string; readonly value: string }[]
    }[]
  }
  readonly status?: { readonly phase?: string; readonly podIP?: string; readonly hostIP?: string }
}

/** The message of a Pod, with a specification that the decoder must skip. */
export function encodePod(object: KubeObject): Buffer {
  const { metadata: meta, spec = {}, status = {} } = object as RawPod
  return message({
    1: metadata(meta),
    2: message({
      2: (spec.containers ?? [{ name: 'container', image: 'image' }]).map(
        ({ name, image, env = [] }) =>
          message({
            1: name,
            2: image,
            7: env.map((variable) => message({ 1: variable.name, 2: variable.value })),
          }),
      ),
      10: spec.nodeName ?? 'node-1',
    }),
    3: message({
      1: status.phase ?? 'Running',
      2: [message({ 1: 'Ready', 2: 'True' })],
      5: status.hostIP ?? '192.0.2.1',
      6: status.podIP,
      12: status.podIP === undefined ? [] : [message({ 1: status.podIP })],
    }),
  })
}

/** An EndpointSlice with its prefix, as an API server sends it. */
export function wrapSlice(object: KubeObject): Buffer {
  return wrap('discovery.k8s.io/v1', 'EndpointSlice', encodeSlice(object))
}

/** One event of a watch, after its length as four bytes. */
export function frame(type: string, object: Uint8Array): Buffer {
  const event = message({ 1: type, 2: message({ 1: object }) })
  const length = Buffer.alloc(4)
  length.writeUInt32BE(event.length)
  return Buffer.concat([length, event])
}
