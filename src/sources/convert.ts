// Converts API objects to the types in objects.ts, with the problems found in them. The MCS CRDs validate neither IPs,
// port names nor port ranges, so every field is checked here. Nothing in this file throws.
import { asFields, type Fields, isDnsLabel, isWrong, keyOf, show } from '../kube/fields.ts'
import { MCS_SERVICE_NAME_LABEL, MCS_SOURCE_CLUSTER_LABEL } from '../kube/mcs.ts'
import { asList, lowered, readAddresses, readPorts } from './fields.ts'
import type { Endpoint, EndpointSlice, ServiceImport } from './objects.ts'
import { type ValidationProblem, ValidationProblems } from './validation.ts'

/** The result of a conversion. */
export interface Converted<T> {
  /** "namespace/name" ("name" for a Namespace); '' for an object without a name. */
  readonly key: string
  /** Undefined when the object is skipped. */
  readonly object: T | undefined
  readonly problems: readonly ValidationProblem[]
}

/** Converts a ServiceImport of either version: v1alpha1 and v1beta1 have the same schema. */
export function importFromObject(raw: unknown): Converted<ServiceImport> {
  const key = keyOf(raw)
  const problems = new ValidationProblems('ServiceImport', key)
  const skip = () => ({ key, object: undefined, problems: problems.list() })
  const { name, namespace } = asFields(asFields(raw)?.metadata) ?? {}
  if (!isDnsLabel(name) || !isDnsLabel(namespace)) {
    problems.add('metadata', `name ${show(name)} in namespace ${show(namespace)} ${skippedName}`)
    return skip()
  }
  const spec = asFields(asFields(raw)?.spec)
  if (spec === undefined) {
    problems.add('spec', 'it has no spec; it is skipped')
    return skip()
  }
  const { type } = spec
  if (type !== 'ClusterSetIP' && type !== 'Headless') {
    problems.add('type', `spec.type ${isWrong(type, 'ClusterSetIP or Headless')}; it is skipped`)
    return skip()
  }
  const ips = asList(spec.ips, 'spec.ips', 'ips', problems)
  const object: ServiceImport = {
    namespace,
    name,
    type,
    ips: readAddresses(ips, 0, 'spec.ips', 'ips', problems),
    ports: readPorts(spec.ports, 'spec.ports', false, problems),
  }
  return { key, object, problems: problems.list() }
}

/** Converts an EndpointSlice (discovery.k8s.io/v1); only ready endpoints are kept. */
export function sliceFromObject(raw: unknown): Converted<EndpointSlice> {
  const key = keyOf(raw)
  const problems = new ValidationProblems('EndpointSlice', key)
  const skip = () => ({ key, object: undefined, problems: problems.list() })
  const fields = asFields(raw) ?? {}
  const metadata = asFields(fields.metadata) ?? {}
  const { name, namespace } = metadata
  if (typeof name !== 'string' || name === '' || name.length > 253 || !isDnsLabel(namespace)) {
    problems.add('metadata', `name ${show(name)} in namespace ${show(namespace)} ${skippedName}`)
    return skip()
  }
  const labels = asFields(metadata.labels) ?? {}
  const service = labels[MCS_SERVICE_NAME_LABEL]
  if (!isDnsLabel(service)) {
    problems.add(
      'service_label',
      `label ${MCS_SERVICE_NAME_LABEL} ${isWrong(service, 'a DNS label')}; it is skipped`,
    )
    return skip()
  }
  const { addressType } = fields
  if (addressType !== 'IPv4' && addressType !== 'IPv6') {
    problems.add(
      'address_type',
      `addressType ${isWrong(addressType, 'IPv4 or IPv6')}; it is skipped`,
    )
    return skip()
  }
  const cluster = labels[MCS_SOURCE_CLUSTER_LABEL]
  if (!isDnsLabel(cluster)) {
    const text = `label ${MCS_SOURCE_CLUSTER_LABEL} ${isWrong(cluster, 'one lower-case DNS label')}; `
    problems.add('cluster_label', `${text}its endpoints have no DNS names of their own`)
  }
  const object: EndpointSlice = {
    namespace,
    name,
    service,
    cluster: typeof cluster === 'string' ? cluster : '',
    addressType,
    ports: readPorts(fields.ports, 'ports', true, problems),
    endpoints: readEndpoints(fields.endpoints, addressType === 'IPv4' ? 4 : 6, problems),
  }
  return { key, object, problems: problems.list() }
}

/** Converts a Namespace, or its PartialObjectMetadata, to its name. */
export function namespaceFromObject(raw: unknown): Converted<string> {
  const name = asFields(asFields(raw)?.metadata)?.name
  if (isDnsLabel(name)) return { key: name, object: name, problems: [] }
  const problems = new ValidationProblems('Namespace', '')
  problems.add('metadata', `name ${show(name)} ${skippedName}`)
  return { key: keyOf(raw), object: undefined, problems: problems.list() }
}

const skippedName = 'cannot be part of a DNS name; it is skipped'

function readEndpoints(
  value: unknown,
  family: 4 | 6,
  problems: ValidationProblems,
): readonly Endpoint[] {
  const kept: Endpoint[] = []
  const list = asList(value, 'endpoints', 'endpoints', problems)
  for (let i = 0; i < list.length; i++) {
    const raw = asFields(list[i])
    if (raw === undefined) {
      problems.add(
        'endpoints',
        `endpoints[${i}] is ${show(list[i])}, not an object; it is left out`,
      )
    } else if (isReady(raw, i, problems)) {
      const endpoint = readEndpoint(raw, `endpoints[${i}]`, family, problems)
      if (endpoint !== undefined) kept.push(endpoint)
    }
  }
  return kept
}

/** An absent or null `ready` means unknown, which consumers interpret as ready (KEP-752). */
function isReady(endpoint: Fields, index: number, problems: ValidationProblems): boolean {
  const ready = asFields(endpoint.conditions)?.ready
  if (ready === undefined || ready === null || ready === true) return true
  if (ready !== false) {
    const field = `endpoints[${index}].conditions.ready`
    problems.add('endpoints', `${field} is ${show(ready)}, not true or false; it is left out`)
  }
  return false
}

function readEndpoint(
  raw: Fields,
  field: string,
  family: 4 | 6,
  problems: ValidationProblems,
): Endpoint | undefined {
  const list = asList(raw.addresses, `${field}.addresses`, 'addresses', problems)
  const addresses = readAddresses(list, family, `${field}.addresses`, 'addresses', problems)
  if (addresses.length === 0) return undefined
  const hostname = lowered(raw.hostname)
  if (hostname === '' || isDnsLabel(hostname)) return { addresses, hostname, podName: '', zone: '' }
  const text = `${field}.hostname is ${show(raw.hostname)}, not a DNS label`
  problems.add('hostname', `${text}; the endpoint is named after its address`)
  return { addresses, hostname: '', podName: '', zone: '' }
}
