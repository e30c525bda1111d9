// Decodes Services and Pods from protobuf (k8s.io/api/core/v1 generated.proto), with the fields that conversion and the
// reflector read. A Pod is mostly its spec, which is skipped.
import type { Fields } from '../kube/fields.ts'
import type { MessageReader } from '../kube/protobuf.ts'
import { BOOKMARKS_ONLY, decodeMeta, decodersOf } from './protobuf-meta.ts'
import { decodePort } from './protobuf-slice.ts'

/** The decoders of the kinds that a list or watch of Services returns. */
export const serviceDecoders = decodersOf('Service', decodeService)

/** The decoders of the kinds that a list or watch of Pods returns. */
export const podDecoders = decodersOf('Pod', decodePod)

function decodeService(service: MessageReader): Fields {
  let metadata: Fields = {}
  let spec: Fields = {}
  for (let field = service.next(); field !== 0; field = service.next()) {
    if (field === 1) metadata = decodeMeta(service.message(), BOOKMARKS_ONLY)
    else if (field === 2) spec = decodeServiceSpec(service.message())
    else service.skip()
  }
  return { metadata, spec }
}

function decodeServiceSpec(spec: MessageReader): Fields {
  const ports: Fields[] = []
  const clusterIPs: string[] = []
  const fields: Record<string, unknown> = { ports, clusterIPs }
  for (let field = spec.next(); field !== 0; field = spec.next()) {
    if (field === 1) ports.push(decodePort(spec.message()))
    else if (field === 3) fields.clusterIP = spec.text()
    else if (field === 4) fields.type = spec.text()
    else if (field === 10) fields.externalName = spec.text()
    else if (field === 18) clusterIPs.push(spec.text())
    else spec.skip()
  }
  return fields
}

function decodePod(pod: MessageReader): Fields {
  let metadata: Fields = {}
  let status: Fields = {}
  for (let field = pod.next(); field !== 0; field = pod.next()) {
    if (field === 1) metadata = decodeMeta(pod.message(), BOOKMARKS_ONLY)
    else if (field === 3) status = decodePodStatus(pod.message())
    else pod.skip()
  }
  return { metadata, status }
}

function decodePodStatus(status: MessageReader): Fields {
  const fields: Record<string, unknown> = {}
  for (let field = status.next(); field !== 0; field = status.next()) {
    if (field === 6) fields.podIP = status.text()
    else status.skip()
  }
  return fields
}
