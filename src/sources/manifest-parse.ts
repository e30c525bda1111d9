// Reads the objects of a manifest file that DNS needs.
import { CodedError } from '../errors.ts'
import { asFields, keyOf, show } from '../kube/fields.ts'
import { readDocuments } from '../kube/manifest-files.ts'
import { isKnownKind, listedObjects, unreadReason } from '../kube/manifest-kinds.ts'
import { MCS_GROUP, MCS_SERVICE_NAME_LABEL } from '../kube/mcs.ts'
import { importFromObject, namespaceFromObject, sliceFromObject } from './convert.ts'
import type { EndpointSlice, ServiceImport } from './objects.ts'
import { type ValidationProblem, ValidationProblems } from './validation.ts'

/** The kinds that are read, and ServiceExport, which is passed over but is no less a kind of the MCS API. */
const KINDS = new Map([
  ['ServiceImport', MCS_GROUP],
  ['ServiceExport', MCS_GROUP],
  ['EndpointSlice', 'discovery.k8s.io'],
  ['Namespace', ''],
])

type ManifestObject =
  | { readonly resource: 'serviceimports'; readonly object: ServiceImport }
  | { readonly resource: 'endpointslices'; readonly object: EndpointSlice }
  | { readonly resource: 'namespaces'; readonly object: string }

/** One object of a manifest; `value` is undefined for an invalid one. */
export interface ManifestEntry {
  /** "ServiceImport namespace/name": two entries with one id are the same object. */
  readonly id: string
  readonly key: string
  readonly value: ManifestObject | undefined
  readonly problems: readonly ValidationProblem[]
}

/** The content of a manifest file. */
export interface Manifest {
  readonly entries: readonly ManifestEntry[]
  /** What is odd and is not read, with file and line. */
  readonly warnings: readonly string[]
}

/**
 * The ServiceImports, EndpointSlices and Namespaces of a file; other kinds are ignored, with a warning where they look
 * like one of these. Throws CodedError MANIFEST.
 */
export function parseManifest(file: string, text: string): Manifest {
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
      const entry = entryOf(raw, kind, version)
      if (entry !== undefined) entries.push(entry)
      const reason = unreadReason(KINDS, kind, version)
      if (reason !== undefined) warnings.push(`${file}:${line}: ${keyOf(raw)}: ${reason}`)
    }
  }
  return { entries, warnings }
}

function entryOf(raw: unknown, kind: string, version: string): ManifestEntry | undefined {
  if (!isKnownKind(KINDS, kind, version)) return undefined
  if (kind === 'ServiceImport') {
    if (!/\/v1(alpha1|beta1)$/.test(version)) return wrongVersion(raw, kind, version)
    const { key, object, problems } = importFromObject(withNamespace(raw))
    const value = object && { resource: 'serviceimports' as const, object }
    return { id: `${kind} ${key}`, key, value, problems }
  }
  if (kind === 'EndpointSlice') {
    // A slice without the label belongs to a local Service; from an API server it is not requested either.
    const labels = asFields(asFields(asFields(raw)?.metadata)?.labels)
    if (labels?.[MCS_SERVICE_NAME_LABEL] === undefined) return undefined
    if (version !== 'discovery.k8s.io/v1') return wrongVersion(raw, kind, version)
    const { key, object, problems } = sliceFromObject(withNamespace(raw))
    const value = object && { resource: 'endpointslices' as const, object }
    return { id: `${kind} ${key}`, key, value, problems }
  }
  if (kind === 'Namespace' && version === 'v1') {
    const { key, object, problems } = namespaceFromObject(raw)
    const value = object === undefined ? undefined : { resource: 'namespaces' as const, object }
    return { id: `${kind} ${key}`, key, value, problems }
  }
  return undefined
}

function wrongVersion(raw: unknown, kind: string, version: string): ManifestEntry {
  const key = keyOf(withNamespace(raw))
  const problems = new ValidationProblems(kind, key)
  problems.add('api_version', `apiVersion ${show(version)} is not supported; it is skipped`)
  return { id: `${kind} ${key}`, key, value: undefined, problems: problems.list() }
}

/** An object without a namespace is in "default", as with kubectl. */
function withNamespace(raw: unknown): unknown {
  const metadata = asFields(asFields(raw)?.metadata)
  if (metadata === undefined || (metadata.namespace ?? '') !== '') return raw
  return { ...asFields(raw), metadata: { ...metadata, namespace: 'default' } }
}
