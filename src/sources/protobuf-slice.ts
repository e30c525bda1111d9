// Decodes EndpointSlices from protobuf (k8s.io/api/discovery/v1 generated.proto), with the fields that `slicesFromObject`
// and the reflector read.
import type { Fields } from '../kube/fields.ts'
import { MCS_SERVICE_NAME_LABEL, MCS_SOURCE_CLUSTER_LABEL } from '../kube/mcs.ts'
import type { MessageReader } from '../kube/protobuf.ts'
import { SERVICE_NAME_LABEL, TRIGGER_TIME_ANNOTATION } from './core-names.ts'
import { BOOKMARKS_ONLY, decodeMeta, decodersOf, type KeptMeta } from './protobuf-meta.ts'

/** The decoders of the kinds that a list or watch of slices returns. */
export const sliceDecoders = decodersOf('EndpointSlice', decodeSlice)

const KEPT_LABELS = [MCS_SERVICE_NAME_LABEL, MCS_SOURCE_CLUSTER_LABEL, SERVICE_NAME_LABEL]
const KEPT: KeptMeta = {
  label: (key) => KEPT_LABELS.includes(key),
  annotation: (key) => key === TRIGGER_TIME_ANNOTATION || BOOKMARKS_ONLY.annotation(key),
}

function decodeSlice(slice: MessageReader): Fields {
  let metadata: Fields = {}
  let addressType = ''
  const endpoints: Fields[] = []
  const ports: Fields[] = []
  for (let field = slice.next(); field !== 0; field = slice.next()) {
    if (field === 1) metadata = decodeMeta(slice.message(), KEPT)
    else if (field === 2) endpoints.push(slice.nested(decodeEndpoint))
    else if (field === 3) ports.push(slice.nested(decodePort))
    else if (field === 4) addressType = slice.text()
    else slice.skip()
  }
  return { metadata, addressType, endpoints, ports }
}

function decodeEndpoint(endpoint: MessageReader): Fields {
  const addresses: string[] = []
  const fields: Record<string, unknown> = { addresses, conditions: {} }
  for (let field = endpoint.next(); field !== 0; field = endpoint.next()) {
    if (field === 1) addresses.push(endpoint.text())
    else if (field === 2) fields.conditions = endpoint.nested(decodeConditions)
    else if (field === 3) fields.hostname = endpoint.text()
    else if (field === 4) fields.targetRef = endpoint.nested(decodeReference)
    else if (field === 7) fields.zone = endpoint.text()
    else endpoint.skip()
  }
  return fields
}

function decodeConditions(conditions: MessageReader): Fields {
  let ready: boolean | undefined
  for (let field = conditions.next(); field !== 0; field = conditions.next()) {
    if (field === 1) ready = conditions.varint() !== 0
    else conditions.skip()
  }
  return { ready }
}

function decodeReference(reference: MessageReader): Fields {
  const fields: Record<string, unknown> = {}
  for (let field = reference.next(); field !== 0; field = reference.next()) {
    if (field === 1) fields.kind = reference.text()
    else if (field === 3) fields.name = reference.text()
    else reference.skip()
  }
  return fields
}

/** Decodes an EndpointPort and a ServicePort: both have name, protocol and port as their first fields. */
export function decodePort(port: MessageReader): Fields {
  const fields: Record<string, unknown> = {}
  for (let field = port.next(); field !== 0; field = port.next()) {
    if (field === 1) fields.name = port.text()
    else if (field === 2) fields.protocol = port.text()
    else if (field === 3) fields.port = port.varint()
    else port.skip()
  }
  return fields
}
