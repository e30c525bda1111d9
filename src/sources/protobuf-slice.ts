// Decodes EndpointSlices from protobuf (k8s.io/api/discovery/v1 generated.proto, apimachinery meta/v1 generated.proto),
// with the fields that `sliceFromObject` and the reflector read.
import type { Fields } from '../kube/fields.ts'
import { MCS_SERVICE_NAME_LABEL, MCS_SOURCE_CLUSTER_LABEL } from '../kube/mcs.ts'
import { decodeStatus, type MessageDecoder, type MessageReader } from '../kube/protobuf.ts'

/** The decoders of the kinds that a list or watch of slices returns. */
export const sliceDecoders: Readonly<Record<string, MessageDecoder>> = {
  EndpointSlice: decodeSlice,
  EndpointSliceList: decodeList,
  Status: decodeStatus,
}

function decodeList(list: MessageReader): Fields {
  let metadata: Fields = {}
  const items: Fields[] = []
  for (let field = list.next(); field !== 0; field = list.next()) {
    if (field === 1) metadata = decodeListMeta(list.message())
    else if (field === 2) items.push(decodeSlice(list.message()))
    else list.skip()
  }
  return { metadata, items }
}

function decodeListMeta(meta: MessageReader): Fields {
  const fields: Record<string, unknown> = {}
  for (let field = meta.next(); field !== 0; field = meta.next()) {
    if (field === 2) fields.resourceVersion = meta.text()
    else if (field === 3) fields.continue = meta.text()
    else meta.skip()
  }
  return fields
}

function decodeSlice(slice: MessageReader): Fields {
  let metadata: Fields = {}
  let addressType = ''
  const endpoints: Fields[] = []
  const ports: Fields[] = []
  for (let field = slice.next(); field !== 0; field = slice.next()) {
    if (field === 1) metadata = decodeMeta(slice.message())
    else if (field === 2) endpoints.push(slice.nested(decodeEndpoint))
    else if (field === 3) ports.push(slice.nested(decodePort))
    else if (field === 4) addressType = slice.text()
    else slice.skip()
  }
  return { metadata, addressType, endpoints, ports }
}

function decodeMeta(meta: MessageReader): Fields {
  const fields: Record<string, unknown> = {}
  const labels: Record<string, string> = {}
  const annotations: Record<string, string> = {}
  for (let field = meta.next(); field !== 0; field = meta.next()) {
    if (field === 1) fields.name = meta.text()
    else if (field === 3) fields.namespace = meta.text()
    else if (field === 6) fields.resourceVersion = meta.text()
    else if (field === 11) decodeEntry(meta.message(), labels, isKeptLabel)
    else if (field === 12) decodeEntry(meta.message(), annotations, isKeptAnnotation)
    else meta.skip()
  }
  return { ...fields, labels, annotations }
}

const isKeptLabel = (key: string) =>
  key === MCS_SERVICE_NAME_LABEL || key === MCS_SOURCE_CLUSTER_LABEL
/** True for the annotations of bookmarks. */
const isKeptAnnotation = (key: string) => key.startsWith('k8s.io/')

/** One entry of a map of strings. */
function decodeEntry(
  entry: MessageReader,
  into: Record<string, string>,
  isKept: (key: string) => boolean,
): void {
  let key = ''
  let value = ''
  for (let field = entry.next(); field !== 0; field = entry.next()) {
    if (field === 1) key = entry.text()
    else if (field === 2 && isKept(key)) value = entry.text()
    else entry.skip()
  }
  if (isKept(key)) into[key] = value
}

function decodeEndpoint(endpoint: MessageReader): Fields {
  const addresses: string[] = []
  let conditions: Fields = {}
  let hostname: string | undefined
  for (let field = endpoint.next(); field !== 0; field = endpoint.next()) {
    if (field === 1) addresses.push(endpoint.text())
    else if (field === 2) conditions = endpoint.nested(decodeConditions)
    else if (field === 3) hostname = endpoint.text()
    else endpoint.skip()
  }
  return { addresses, conditions, hostname }
}

function decodeConditions(conditions: MessageReader): Fields {
  let ready: boolean | undefined
  for (let field = conditions.next(); field !== 0; field = conditions.next()) {
    if (field === 1) ready = conditions.varint() !== 0
    else conditions.skip()
  }
  return { ready }
}

function decodePort(port: MessageReader): Fields {
  const fields: Record<string, unknown> = {}
  for (let field = port.next(); field !== 0; field = port.next()) {
    if (field === 1) fields.name = port.text()
    else if (field === 2) fields.protocol = port.text()
    else if (field === 3) fields.port = port.varint()
    else port.skip()
  }
  return fields
}
