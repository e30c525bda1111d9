// Writes API objects as an API server writes them in protobuf, independent of src/: field numbers are from
// k8s.io/api and k8s.io/apimachinery, `generated.proto`.
import type { KubeObject } from './kube-client.ts'

type Value = string | number | boolean | Uint8Array | undefined

const encoder = new TextEncoder()

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

/** A message of fields; a list stands for a field that repeats. */
export function message(fields: Readonly<Record<number, Value | readonly Value[]>>): Uint8Array {
  const bytes: number[] = []
  for (const [number, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined) continue
      if (typeof one === 'number' || typeof one === 'boolean') {
        bytes.push(...varint(Number(number) * 8), ...varint(Number(one)))
        continue
      }
      const data: Uint8Array = typeof one === 'string' ? encoder.encode(one) : (one as Uint8Array)
      bytes.push(...varint(Number(number) * 8 + 2), ...varint(data.length), ...data)
    }
  }
  return Uint8Array.from(bytes)
}

/** "k8s", a zero byte and runtime.Unknown. */
export function wrap(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const unknown = message({ 1: message({ 1: apiVersion, 2: kind }), 2: raw, 3: '', 4: '' })
  return Uint8Array.of(0x6b, 0x38, 0x73, 0, ...unknown)
}

const map = (entries: Readonly<Record<string, string>> = {}) =>
  Object.entries(entries).map(([key, value]) => message({ 1: key, 2: value }))

function metadata(meta: NonNullable<KubeObject['metadata']> & Record<string, unknown>): Uint8Array {
  return message({
    1: meta.name,
    3: meta.namespace,
    5: 'uid',
    6: meta.resourceVersion as string | undefined,
    7: 300,
    8: message({ 1: 1_700_000_000, 2: 0 }),
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

/** An EndpointSlice as its message, with fields that nobody keeps in between. */
export function encodeSlice(object: KubeObject): Uint8Array {
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

/** An EndpointSlice as an API server sends it. */
export function wrapSlice(object: KubeObject): Uint8Array {
  return wrap('discovery.k8s.io/v1', 'EndpointSlice', encodeSlice(object))
}

/** One event of a watch with its length in front. */
export function frame(type: string, object: Uint8Array): Uint8Array {
  const event = message({ 1: type, 2: message({ 1: object }) })
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, event.length)
  return Uint8Array.of(...length, ...event)
}
