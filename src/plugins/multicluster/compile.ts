// Compiles one imported Service to all its names and answers: pure, with plain data as input and output. The rules are
// those of the MCS DNS specification (KEP-1645 specification.md sections 2.3 and 2.4) as CoreDNS implements them
// (plugin/kubernetes findMultiClusterServices, plugin/backend_lookup.go); docs/compatibility.md lists the differences.
import { hasAt } from '../../dns/bytes.ts'
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { ImportedService } from '../../sources/objects.ts'
import type { CompiledAnswer, CompiledName, Pending } from '../../zone/compiled.ts'
import { addressAnswers, srvAnswer } from './answers.ts'
import {
  type Backends,
  byEndpoint,
  byPort,
  bytesKey,
  endpointGroups,
  ofService,
  portLabels,
  virtualGroups,
} from './backends.ts'

/** The options of a zone that affect its answers. */
export interface ZoneOptions {
  /** Wire name of the zone in lower case, with its root byte. */
  readonly zone: Uint8Array
  /** Seconds. */
  readonly ttl: number
  /** False with `noendpoints`: endpoint names and headless Services do not exist. */
  readonly endpoints: boolean
}

/** Bytes of names and records between two yields: some tenths of a millisecond. */
const STEP_BYTES = 32 * 1024

/** Returns all names of one Service with their answers; empty if the Service has no names in the zone. */
export function compileService(view: ImportedService, options: ZoneOptions): CompiledName[] {
  const steps = compileSteps(view, options)
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

/** `compileService` in steps, so that the caller can do something else in between: a Service may have megabytes of answers. */
export function* compileSteps(
  view: ImportedService,
  options: ZoneOptions,
): Generator<void, CompiledName[]> {
  const { serviceImport, slices } = view
  const { name, namespace } = serviceImport
  const { zone, ttl } = options
  const service = relativeName(name, namespace, 'svc')
  if (service === undefined) return []
  const maxLength = NAME_MAX_SIZE - zone.length
  const headless = serviceImport.type === 'Headless'
  if (headless && !options.endpoints) return []
  const endpoints = options.endpoints ? endpointGroups(slices, service, maxLength) : []
  const groups = headless ? endpoints : virtualGroups(serviceImport, service)
  // A headless Service without ready endpoints does not exist (specification.md 2.4.1: NXDOMAIN).
  const pending = groups.length > 0 ? undefined : headless ? 'nxdomain' : 'nodata'
  const names: CompiledName[] = []
  let bytes = 0
  /** Adds a name; true at the end of a step. */
  const add = (
    relative: Uint8Array,
    addresses: readonly CompiledAnswer[],
    list: readonly Backends[],
    pending?: Pending,
  ): boolean => {
    if (relative.length > maxLength) return false
    const srv = srvAnswer(relative, list, zone, ttl)
    const answers = srv === undefined ? addresses : [...addresses, srv]
    names.push({ name: relative, answers, pending })
    bytes += relative.length
    for (const answer of answers) bytes += answer.bytes.length
    if (bytes < STEP_BYTES) return false
    bytes = 0
    return true
  }
  const addressesOf = sharedAddresses(ttl)

  const whole = ofService(groups)
  add(service, addressesOf(whole), whole, pending)
  const ports = byPort(groups)
  // Without addresses, the ports that the ServiceImport declares exist all the same, or may soon.
  for (const port of pending === undefined ? [] : serviceImport.ports) {
    const labels = portLabels(port)
    if (labels !== '') ports.set(labels, [])
  }
  for (const [labels, list] of ports) {
    const prefix = relativeName(...labels.split('.'))
    if (prefix === undefined) continue
    if (add(concat(prefix, service), addressesOf(list), list, pending)) yield
  }
  // The names <host>.<cluster>.<service> also exist for the endpoints of a ClusterSetIP Service.
  for (const [target, list] of byEndpoint(endpoints)) {
    if (add(target.name, addressAnswers(list, ttl), list)) yield
  }
  return [...names, ...emptyNonTerminals(names, service)]
}

/** `addressAnswers` of whole groups: one result, and one copy in the table, for all names with the same groups. */
function sharedAddresses(ttl: number) {
  const known = new Map<string, readonly CompiledAnswer[]>()
  return (list: readonly Backends[]): readonly CompiledAnswer[] => {
    const key =
      list.length === 1 ? String(list[0]!.group.index) : list.map(({ group }) => group.index).join()
    const answers = known.get(key) ?? addressAnswers(list, ttl)
    known.set(key, answers)
    return answers
  }
}

/**
 * Returns the names between `service` and the names below it: `_tcp.<service>` and `<cluster>.<service>`. They exist
 * without records (RFC 8020; a resolver with strict QNAME minimisation, RFC 9156, may stop at NXDOMAIN). Above names that
 * do not exist yet they do not exist either, and the reply is short-lived too.
 */
function emptyNonTerminals(names: readonly CompiledName[], service: Uint8Array): CompiledName[] {
  const parents = new Map<string, CompiledName>()
  let last = service
  for (const { name, pending } of names) {
    if (name.length === service.length) continue
    const start = 1 + name[0]!
    // Most names have the parent of the one before.
    if (name.length - start === last.length && hasAt(name, last, start)) continue
    last = name.subarray(start)
    const label = bytesKey(name, start, name.length - service.length)
    if (parents.has(label)) continue
    const absent = pending === 'nxdomain' ? pending : undefined
    parents.set(label, { name: last, answers: [], pending: absent })
  }
  return [...parents.values()]
}

/** Returns the name `<ns>.svc` of an existing namespace, which is NODATA for every type. */
export function compileNamespace(namespace: string, options: ZoneOptions): CompiledName[] {
  const name = relativeName(namespace, 'svc')
  if (name === undefined || name.length + options.zone.length > NAME_MAX_SIZE) return []
  return [{ name, answers: [] }]
}
