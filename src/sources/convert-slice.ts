// Converts EndpointSlices. A slice belongs to a Service of the cluster, to an imported Service, or to both, by its labels.
import { asFields, type Fields, isDnsLabel, isWrong, keyOf, show } from '../kube/fields.ts'
import { MCS_SERVICE_NAME_LABEL, MCS_SOURCE_CLUSTER_LABEL } from '../kube/mcs.ts'
import type { Converted } from './convert.ts'
import { SERVICE_NAME_LABEL, TRIGGER_TIME_ANNOTATION } from './core-names.ts'
import { asList, lowered, readAddresses, readPorts, SKIPPED_NAME } from './fields.ts'
import type { Endpoint, EndpointSlice } from './objects.ts'
import type { Reads } from './source-request.ts'
import { ValidationProblems } from './validation.ts'

/** One EndpointSlice as the slice of an imported Service and as that of a Service of the cluster. */
export interface Slices {
  readonly imported: EndpointSlice | undefined
  readonly local: EndpointSlice | undefined
  /** When the change happened that the slice follows, in milliseconds since 1970; undefined when it does not say. */
  readonly triggeredAt: number | undefined
}

/** Converts an EndpointSlice (discovery.k8s.io/v1) as far as `reads` asks; only ready endpoints are kept. */
export function slicesFromObject(raw: unknown, reads: Reads): Converted<Slices> {
  const key = keyOf(raw)
  const problems = new ValidationProblems('EndpointSlice', key)
  const skip = () => ({ key, object: undefined, problems: problems.list() })
  const fields = asFields(raw) ?? {}
  const metadata = asFields(fields.metadata) ?? {}
  const { name, namespace } = metadata
  if (typeof name !== 'string' || name === '' || name.length > 253 || !isDnsLabel(namespace)) {
    problems.add('metadata', `name ${show(name)} in namespace ${show(namespace)} ${SKIPPED_NAME}`)
    return skip()
  }
  const labels = asFields(metadata.labels) ?? {}
  const importedService = reads.imports ? serviceOf(labels, MCS_SERVICE_NAME_LABEL, problems) : ''
  const localService = reads.endpoints ? serviceOf(labels, SERVICE_NAME_LABEL, problems) : ''
  if (importedService === '' && localService === '') return skip()
  const { addressType } = fields
  if (addressType !== 'IPv4' && addressType !== 'IPv6') {
    problems.add(
      'address_type',
      `addressType ${isWrong(addressType, 'IPv4 or IPv6')}; it is skipped`,
    )
    return skip()
  }
  const shared = {
    namespace,
    name,
    addressType,
    ports: readPorts(fields.ports, 'ports', true, problems),
    endpoints: readEndpoints(fields.endpoints, addressType === 'IPv4' ? 4 : 6, reads, problems),
  } as const
  const object: Slices = {
    imported:
      importedService === ''
        ? undefined
        : { ...shared, service: importedService, cluster: clusterOf(labels, problems) },
    local: localService === '' ? undefined : { ...shared, service: localService, cluster: '' },
    triggeredAt: timeOf(asFields(metadata.annotations)?.[TRIGGER_TIME_ANNOTATION]),
  }
  return { key, object, problems: problems.list() }
}

/** The Service that a label names; '' without the label, and with an invalid one. */
function serviceOf(labels: Fields, label: string, problems: ValidationProblems): string {
  const service = labels[label]
  if (isDnsLabel(service)) return service
  if (service !== undefined) {
    const text = `label ${label} ${isWrong(service, 'a DNS label')}; it is skipped`
    problems.add('service_label', text)
  }
  return ''
}

function clusterOf(labels: Fields, problems: ValidationProblems): string {
  const cluster = labels[MCS_SOURCE_CLUSTER_LABEL]
  if (!isDnsLabel(cluster)) {
    const text = `label ${MCS_SOURCE_CLUSTER_LABEL} ${isWrong(cluster, 'one lower-case DNS label')}; `
    problems.add('cluster_label', `${text}its endpoints have no DNS names of their own`)
  }
  return typeof cluster === 'string' ? cluster : ''
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' && value.length < 64 ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

function readEndpoints(
  value: unknown,
  family: 4 | 6,
  reads: Reads,
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
      const endpoint = readEndpoint(raw, `endpoints[${i}]`, family, reads, problems)
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
  reads: Reads,
  problems: ValidationProblems,
): Endpoint | undefined {
  const list = asList(raw.addresses, `${field}.addresses`, 'addresses', problems)
  const addresses = readAddresses(list, family, `${field}.addresses`, 'addresses', problems)
  if (addresses.length === 0) return undefined
  const podName = reads.podNames ? podNameOf(asFields(raw.targetRef)) : ''
  const zone = reads.zones ? (lowered(raw.zone) ?? '') : ''
  const hostname = lowered(raw.hostname)
  if (hostname === '' || isDnsLabel(hostname)) return { addresses, hostname, podName, zone }
  const text = `${field}.hostname is ${show(raw.hostname)}, not a DNS label`
  problems.add('hostname', `${text}; the endpoint is named after its address`)
  return { addresses, hostname: '', podName, zone }
}

/** The Pod that an endpoint stands for; '' for another target, and for a name that is no label of a DNS name. */
function podNameOf(target: Fields | undefined): string {
  return target?.kind === 'Pod' && isDnsLabel(target.name) ? target.name : ''
}
