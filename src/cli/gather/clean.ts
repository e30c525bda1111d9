// What of an object or a text may be in a support archive. Objects that can hold secrets are read field by field; the rest
// loses what looks like one. Pure.
import { nestedObject, objectsOf, stringMapOf } from '../../fleet/api/unstructured.ts'
import { HIDDEN } from '../../hidden.ts'
import { hideTokens } from '../../kube/plugin-output.ts'

/** Annotations of Kubernetes and of this project, which hold no text of users. */
const KNOWN_ANNOTATION =
  /^(?:[\w.-]+\.)?(?:clusterset-dns\.io|multicluster\.kubernetes\.io|multicluster\.x-k8s\.io|endpoints\.kubernetes\.io|service\.kubernetes\.io)\//

/**
 * A directive of a Corefile that takes a secret, and its arguments: those of tsig, route53, azure, clouddns, etcd. Its length
 * is bounded, so that the time is linear.
 */
const SECRET_DIRECTIVE =
  /((?:^|\s)\S{0,40}(?:secret|password|passwd|token|credential|access_key|api_?key)\S{0,40}[ \t]+)\S.*$/gim

/** A Corefile without the arguments of directives that take secrets. */
export function cleanCorefile(text: string): string {
  return hideTokens(text.replaceAll(SECRET_DIRECTIVE, `$1${HIDDEN}`))
}

/** Levels of a document that are kept; those of Kubernetes' objects have fewer than 30. */
const MAX_DEPTH = 100

/** The value with `clean` applied to each string in it. Below 100 levels `[too deep]` stands for lists and objects. */
export function mapStrings(
  value: unknown,
  clean: (text: string) => string,
  depth = MAX_DEPTH,
): unknown {
  if (typeof value === 'string') return clean(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '[too deep]'
  const mapped = (one: unknown) => mapStrings(one, clean, depth - 1)
  if (Array.isArray(value)) return value.map(mapped)
  const entries = Object.entries(value).map(([key, one]) => [key, mapped(one)])
  return Object.fromEntries(entries)
}

/** An object without managedFields, and without the values of annotations that users write. */
export function cleanObject(raw: unknown): object {
  const object = nestedObject(raw)
  const { managedFields: _, ...metadata } = nestedObject(raw, 'metadata')
  const spec = nestedObject(raw, 'spec')
  return {
    ...object,
    metadata: withHidden(metadata, 'annotations'),
    ...(object.spec === undefined ? {} : { spec: withHidden(spec, 'exportedAnnotations') }),
  }
}

/** The fields, with the values of users in the map `name` hidden. */
function withHidden(fields: Readonly<Record<string, unknown>>, name: string): object {
  if (fields[name] === undefined) return fields
  const shown = Object.entries(stringMapOf(fields[name])).map(([key, value]) => {
    return [key, KNOWN_ANNOTATION.test(key) ? value : HIDDEN]
  })
  return { ...fields, [name]: Object.fromEntries(shown) }
}

/** A Pod without environment, arguments, volumes and annotations. */
export function podSummary(raw: unknown): object {
  const { nodeName, containers } = nestedObject(raw, 'spec')
  const { status } = nestedObject(raw)
  return { ...named(raw), spec: { nodeName, containers: containerSummaries(containers) }, status }
}

/** A Deployment, with its containers as in `podSummary`. */
export function deploymentSummary(raw: unknown): object {
  const { replicas, strategy } = nestedObject(raw, 'spec')
  const containers = containerSummaries(nestedObject(raw, 'spec', 'template', 'spec').containers)
  const { status } = nestedObject(raw)
  return { ...named(raw), spec: { replicas, strategy, containers }, status }
}

/** Which versions of a CRD are served and stored. */
export function crdSummary(raw: unknown): object {
  const versions = objectsOf(nestedObject(raw, 'spec').versions).map(
    ({ name, served, storage }) => ({ name, served, storage }),
  )
  const { conditions, storedVersions } = nestedObject(raw, 'status')
  return { ...named(raw), versions, storedVersions, conditions }
}

function containerSummaries(containers: unknown): readonly object[] {
  return objectsOf(containers).map(({ name, image, ports, resources }) => {
    return { name, image, ports, resources }
  })
}

/** The metadata without annotations and managedFields. */
function named(raw: unknown): object {
  const { annotations, managedFields, ...metadata } = nestedObject(raw, 'metadata')
  return { metadata }
}
