// Converts ServiceImports and Namespaces to the types in objects.ts, with the problems found in them. The MCS CRDs
// validate neither IPs, port names nor port ranges, so every field is checked here. Nothing in this file throws.
import { asFields, isDnsLabel, isWrong, keyOf, show } from '../kube/fields.ts'
import { asList, readAddresses, readNamed, readPorts, SKIPPED_NAME } from './fields.ts'
import type { ServiceImport } from './objects.ts'
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
  const named = readNamed(raw, problems)
  if (named === undefined) return skip()
  const { namespace, name, spec } = named
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

/** A Namespace. */
export interface NamespaceObject {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** Converts a Namespace, or its PartialObjectMetadata. */
export function namespaceFromObject(raw: unknown): Converted<NamespaceObject> {
  const { name, labels } = asFields(asFields(raw)?.metadata) ?? {}
  if (isDnsLabel(name)) return { key: name, object: { name, labels: texts(labels) }, problems: [] }
  const problems = new ValidationProblems('Namespace', '')
  problems.add('metadata', `name ${show(name)} ${SKIPPED_NAME}`)
  return { key: keyOf(raw), object: undefined, problems: problems.list() }
}

/** The entries of a map whose values are texts. */
function texts(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(asFields(value) ?? {})
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
