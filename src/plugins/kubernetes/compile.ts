// Compiles one Service of the cluster to all its names and answers: pure, with plain data as input and output. The rules
// are those of the Kubernetes DNS specification as CoreDNS implements them (plugin/kubernetes findServices,
// plugin/backend_lookup.go); docs/compatibility.md lists the differences.
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import { relativeName } from '../../dns/name.ts'
import type { LocalService } from '../../sources/objects.ts'
import type { CompiledName, Pending } from '../../zone/compiled.ts'
import { endpointGroups, type Group, virtualGroups } from '../multicluster/backends.ts'
import type { ZoneOptions } from '../multicluster/compile.ts'
import { addServiceNames, emptyNonTerminals, NameList } from '../multicluster/service-names.ts'
import { endpointNaming } from './endpoint-names.ts'
import { compileExternalName } from './external-name.ts'
import type { PodMode } from './pods.ts'
import { addZonalNames, zonalParents } from './zonal.ts'

/** The options of a zone of the cluster that affect its answers. */
export interface LocalZoneOptions extends ZoneOptions {
  /** With `endpoint_pod_names`: endpoints without a host name are named after their Pods. */
  readonly podNames: boolean
  /** With `ignore empty_service`: a ClusterIP Service without ready endpoints does not exist. */
  readonly ignoreEmpty: boolean
  /** With `zonal`: headless Services have names for topology zones. */
  readonly zonal: boolean
  readonly pods: PodMode
}

/**
 * Returns all names of one Service with their answers; empty if the Service has no names in the zone. In steps, so that
 * the caller can do something else in between: a Service may have megabytes of answers.
 */
export function* compileLocalService(
  { service: object, slices }: LocalService,
  options: LocalZoneOptions,
): Generator<void, CompiledName[]> {
  const { kind, ports } = object
  const service = relativeName(object.name, object.namespace, 'svc')
  if (service === undefined) return []
  if (kind === 'ExternalName') return compileExternalName(service, object.externalName, options)
  const headless = kind === 'Headless'
  if (headless && !options.endpoints) return []
  const maxLength = NAME_MAX_SIZE - options.zone.length
  const naming = endpointNaming(options.podNames)
  // The names <host>.<service> also exist for the endpoints of a ClusterIP Service.
  const endpoints = options.endpoints ? endpointGroups(slices, service, maxLength, naming) : []
  const needsEndpoints = headless || (options.ignoreEmpty && endpoints.length === 0)
  const groups = needsEndpoints ? endpoints : virtualGroups(object, service)
  const list = new NameList(options)
  const pending = pendingOf(groups, needsEndpoints)
  yield* addServiceNames({ service, groups, endpoints, ports, pending }, list)
  const parents = emptyNonTerminals(list.names, service)
  if (!headless || !options.zonal) return [...list.names, ...parents]
  const zonal = new NameList(options)
  yield* addZonalNames(slices, service, naming, options, zonal)
  return [...list.names, ...parents, ...zonal.names, ...zonalParents(zonal.names, service)]
}

/** Returns the names `<ns>.svc` and `<ns>.pod` of an exposed namespace, which are NODATA for every type. */
export function compileLocalNamespace(
  namespace: string,
  { zone, pods }: Pick<LocalZoneOptions, 'zone' | 'pods'>,
): CompiledName[] {
  const kinds = pods === 'disabled' ? ['svc'] : ['svc', 'pod']
  return kinds.flatMap((kind) => {
    const name = relativeName(namespace, kind)
    if (name === undefined || name.length + zone.length > NAME_MAX_SIZE) return []
    return [{ name, answers: [] }]
  })
}

/** Without a ready endpoint, a headless Service does not exist (dns-based-service-discovery 2.4). */
function pendingOf(groups: readonly Group[], byEndpoints: boolean): Pending | undefined {
  if (groups.length > 0) return undefined
  return byEndpoints ? 'nxdomain' : 'nodata'
}
