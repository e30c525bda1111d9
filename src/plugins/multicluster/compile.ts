// Compiles one imported Service to all its names and answers: pure, with plain data as input and output. The rules are
// those of the MCS DNS specification (KEP-1645 specification.md sections 2.3 and 2.4) as CoreDNS implements them
// (plugin/kubernetes findMultiClusterServices, plugin/backend_lookup.go); docs/compatibility.md lists the differences.
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import { relativeName } from '../../dns/name.ts'
import type { ImportedService } from '../../sources/objects.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { endpointGroups, virtualGroups } from './backends.ts'
import { addServiceNames, emptyNonTerminals, NameList, type NameOptions } from './service-names.ts'

/** The options of a zone that affect its answers. */
export interface ZoneOptions extends NameOptions {
  /** False with `noendpoints`: endpoint names and headless Services do not exist. */
  readonly endpoints: boolean
}

/**
 * Returns all names of one Service with their answers; empty if the Service has no names in the zone. In steps, so that
 * the caller can do something else in between: a Service may have megabytes of answers.
 */
export function* compileService(
  { service: object, slices }: ImportedService,
  options: ZoneOptions,
): Generator<void, CompiledName[]> {
  const { name, namespace, ports } = object
  const service = relativeName(name, namespace, 'svc')
  if (service === undefined) return []
  const maxLength = NAME_MAX_SIZE - options.zone.length
  const headless = object.type === 'Headless'
  if (headless && !options.endpoints) return []
  // The names <host>.<cluster>.<service> also exist for the endpoints of a ClusterSetIP Service.
  const endpoints = options.endpoints ? endpointGroups(slices, service, maxLength) : []
  const groups = headless ? endpoints : virtualGroups(object, service)
  // A headless Service without ready endpoints does not exist (specification.md 2.4.1: NXDOMAIN).
  const pending = groups.length > 0 ? undefined : headless ? 'nxdomain' : 'nodata'
  const list = new NameList(options)
  yield* addServiceNames({ service, groups, endpoints, ports, pending }, list)
  return [...list.names, ...emptyNonTerminals(list.names, service)]
}

/** Returns the name `<ns>.svc` of an existing namespace, which is NODATA for every type. */
export function compileNamespace(namespace: string, options: ZoneOptions): CompiledName[] {
  const name = relativeName(namespace, 'svc')
  if (name === undefined || name.length + options.zone.length > NAME_MAX_SIZE) return []
  return [{ name, answers: [] }]
}
