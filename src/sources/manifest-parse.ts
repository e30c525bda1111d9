// Reads the objects of a manifest file that DNS needs.
import { CodedError } from '../errors.ts'
import { asFields, keyOf, show } from '../kube/fields.ts'
import { readDocuments } from '../kube/manifest-files.ts'
import {
  isKnownKind,
  type KnownKinds,
  listedObjects,
  unreadReason,
} from '../kube/manifest-kinds.ts'
import { MCS_GROUP, MCS_SERVICE_NAME_LABEL } from '../kube/mcs.ts'
import {
  type Converted,
  importFromObject,
  type NamespaceObject,
  namespaceFromObject,
} from './convert.ts'
import { type PodChange, podFromObject, serviceFromObject } from './convert-core.ts'
import { type Slices, slicesFromObject } from './convert-slice.ts'
import { SERVICE_NAME_LABEL } from './core-names.ts'
import type { ClusterService, ServiceImport } from './objects.ts'
import type { Reads } from './source-request.ts'
import { type ValidationProblem, ValidationProblems } from './validation.ts'

/** The kinds that are read, and ServiceExport, which is passed over but is no less a kind of the MCS API. */
function knownKinds({ services, pods }: Reads): KnownKinds {
  return new Map([
    ['ServiceImport', MCS_GROUP],
    ['ServiceExport', MCS_GROUP],
    ['EndpointSlice', 'discovery.k8s.io'],
    ['Namespace', ''],
    ...(services ? ([['Service', '']] as const) : []),
    ...(pods ? ([['Pod', '']] as const) : []),
  ])
}

/** One object, by the resource that it belongs to. */
type ManifestObject =
  | { readonly resource: 'serviceimports'; readonly object: ServiceImport }
  | { readonly resource: 'services'; readonly object: ClusterService }
  | { readonly resource: 'endpointslices'; readonly object: Slices }
  | { readonly resource: 'namespaces'; readonly object: NamespaceObject }
  | { readonly resource: 'pods'; readonly object: PodChange }

/** One object of a manifest; `value` is undefined for an invalid one. */
export interface ManifestEntry {
  /** "ServiceImport namespace/name": two entries with one id are the same object. */
  readonly id: string
  readonly key: string
  readonly value: ManifestObject | undefined
  readonly problems: readonly ValidationProblem[]
  /** Where its document begins in the file, from 1. */
  readonly line: number
}

/** An entry before its place is known. */
type Read = Omit<ManifestEntry, 'line'>

/** The content of a manifest file. */
export interface Manifest {
  readonly entries: readonly ManifestEntry[]
  /** What is odd and is not read, with file and line. */
  readonly warnings: readonly string[]
}

/**
 * The objects of a file that `reads` asks for; other kinds are ignored, with a warning where they look like one of these.
 * Throws CodedError MANIFEST.
 */
export function parseManifest(file: string, text: string, reads: Reads): Manifest {
  const known = knownKinds(reads)
  const entries: ManifestEntry[] = []
  const warnings: string[] = []
  for (const { value, line, warnings: ofYaml } of readDocuments(file, text)) {
    warnings.push(...ofYaml)
    if (value === null || value === undefined) continue
    const fields = asFields(value)
    if (fields === undefined || typeof fields.kind !== 'string') {
      const what = fields === undefined ? show(value) : 'an object without "kind"'
      throw new CodedError('MANIFEST', `${file}:${line}: ${what} is not a Kubernetes object`)
    }
    for (const { raw, kind, version } of listedObjects(fields)) {
      const isRead = isKnownKind(known, kind, version)
      const entry = isRead ? entryOf(raw, kind, version, reads) : undefined
      if (entry !== undefined) entries.push({ ...entry, line })
      const reason = unreadReason(known, kind, version)
      if (reason !== undefined) warnings.push(`${file}:${line}: ${keyOf(raw)}: ${reason}`)
    }
  }
  return { entries, warnings }
}

function entryOf(raw: unknown, kind: string, version: string, reads: Reads): Read | undefined {
  const found = converted(raw, kind, reads)
  if (found === undefined) return undefined
  if (!found.versions.includes(version)) return wrongVersion(raw, kind, version, found.versions)
  const { key, object, problems } = found.convert()
  const value = object && ({ resource: found.resource, object } as ManifestObject)
  return { id: `${kind} ${key}`, key, value, problems }
}

/** How an object of a known kind is read; undefined when it is passed over. */
function converted(raw: unknown, kind: string, reads: Reads) {
  const own = withNamespace(raw)
  const read = <R extends ManifestObject['resource']>(
    resource: R,
    versions: readonly string[],
    convert: () => Converted<Extract<ManifestObject, { resource: R }>['object']>,
  ) => ({ resource, versions, convert })
  switch (kind) {
    case 'ServiceImport':
      if (!reads.imports) return undefined
      return read('serviceimports', IMPORT_VERSIONS, () => importFromObject(own))
    case 'EndpointSlice':
      // From an API server, slices without the label are not requested either.
      if (!isOfService(raw, reads)) return undefined
      return read('endpointslices', ['discovery.k8s.io/v1'], () => slicesFromObject(own, reads))
    case 'Service':
      return read('services', ['v1'], () => serviceFromObject(own))
    case 'Pod':
      return read('pods', ['v1'], () => podFromObject(own))
    case 'Namespace':
      return read('namespaces', ['v1'], () => namespaceFromObject(raw))
    default:
      return undefined
  }
}

const IMPORT_VERSIONS = [`${MCS_GROUP}/v1alpha1`, `${MCS_GROUP}/v1beta1`]

function isOfService(raw: unknown, { imports, endpoints }: Reads): boolean {
  const labels = asFields(asFields(asFields(raw)?.metadata)?.labels) ?? {}
  const has = (label: string) => labels[label] !== undefined
  return (imports && has(MCS_SERVICE_NAME_LABEL)) || (endpoints && has(SERVICE_NAME_LABEL))
}

function wrongVersion(
  raw: unknown,
  kind: string,
  version: string,
  allowed: readonly string[],
): Read {
  const key = keyOf(withNamespace(raw))
  const problems = new ValidationProblems(kind, key)
  problems.add(
    'api_version',
    `apiVersion is ${show(version)}, not ${allowed.join(' or ')}; it is skipped`,
  )
  return { id: `${kind} ${key}`, key, value: undefined, problems: problems.list() }
}

/** An object without a namespace is in "default", as with kubectl. */
function withNamespace(raw: unknown): unknown {
  const metadata = asFields(asFields(raw)?.metadata)
  if (metadata === undefined || (metadata.namespace ?? '') !== '') return raw
  return { ...asFields(raw), metadata: { ...metadata, namespace: 'default' } }
}
