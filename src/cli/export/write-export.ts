// Creates and deletes the ServiceExport of a Service.
import { CodedError } from '../../errors.ts'
import { nestedObject, stringsOf } from '../../fleet/api/unstructured.ts'
import { serviceRecord } from '../../fleet/member/convert.ts'
import { exportValidity } from '../../fleet/merge/export-validity.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError, ifFound } from '../../kube/api-error.ts'
import { discoverVersion } from '../../kube/discovery.ts'
import { MCS_GROUP } from '../../kube/mcs.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'

/** The field manager of the export, which belongs to the user and not to the fleet. */
const FIELD_MANAGER = 'clusterset-dns'
/** The namespace of a context that names none, as for kubectl. */
const DEFAULT_NAMESPACE = 'default'

/** The Service, and its cluster. */
export interface ExportRequest {
  readonly client: ApiClient
  readonly service: string
  /** Undefined for the namespace of the context. */
  readonly namespace: string | undefined
  readonly dryRun: boolean
  readonly signal: AbortSignal
}

/** What was done. */
export interface ExportResult {
  readonly namespace: string
  /** False when it was so before, and with --dry-run. */
  readonly changed: boolean
  /** The same as a sentence. */
  readonly text: string
}

/**
 * Exports the Service. Rejects with ApiError when a permission or the CRD is
 * missing, and with EXPORT when the Service does not exist or cannot be exported.
 */
export async function createExport(request: ExportRequest): Promise<ExportResult> {
  const { client, service, dryRun, signal } = request
  const version = await discoverVersion(client, signal, 'serviceexports')
  const namespace = namespaceOf(request)
  const key = `${namespace}/${service}`
  const found = await read(
    request,
    `services ${key}`,
    `/namespaces/${namespace}/services/${service}`,
  )
  if (found === undefined) {
    await requireNamespace(request, namespace)
    const text = `there is no Service ${service} in the namespace ${namespace} of ${client.server}`
    throw new CodedError('EXPORT', text)
  }
  const { valid, message } = exportValidity(serviceRecord(found))
  if (!valid) throw new CodedError('EXPORT', `${key} is not exported: ${message}`)
  const body = {
    apiVersion: `${MCS_GROUP}/${version}`,
    kind: 'ServiceExport',
    metadata: { namespace, name: service },
  }
  try {
    await client.write({
      info: { verb: 'create', resource: `serviceexports ${key}`, group: MCS_GROUP },
      path: `${exportsPath(version, namespace)}?fieldManager=${FIELD_MANAGER}${dryRun ? '&dryRun=All' : ''}`,
      body,
      signal,
    })
  } catch (error) {
    if (!(error instanceof ApiError) || error.statusReason !== 'AlreadyExists') throw error
    const path = `${exportsPath(version, namespace)}/${service}`
    await requireNotDeleted(request, `serviceexports ${key}`, path)
    return unchanged(namespace, `Service ${key} is exported already: the ServiceExport exists`)
  }
  if (dryRun) {
    const text = `Service ${key} would be exported; nothing was changed, because of --dry-run`
    return unchanged(namespace, text)
  }
  const text = `Service ${key} is exported: the ServiceExport was created`
  return { namespace, changed: true, text }
}

/** Ends the export of the Service. Rejects with ApiError or EXPORT. */
export async function deleteExport(request: ExportRequest): Promise<ExportResult> {
  const { client, service, dryRun, signal } = request
  const version = await discoverVersion(client, signal, 'serviceexports')
  const namespace = namespaceOf(request)
  const key = `${namespace}/${service}`
  let answer: unknown
  try {
    answer = await client.write({
      info: { verb: 'delete', resource: `serviceexports ${key}`, group: MCS_GROUP },
      path: `${exportsPath(version, namespace)}/${service}`,
      // The API server ignores the query of a deletion that has a body.
      body: { apiVersion: 'v1', kind: 'DeleteOptions', ...(dryRun ? { dryRun: ['All'] } : {}) },
      signal,
    })
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'not_found') throw error
    await requireNamespace(request, namespace)
    return unchanged(
      namespace,
      `Service ${key} is not exported: there is no ServiceExport to delete`,
    )
  }
  if (dryRun) {
    const text = `Service ${key} would no longer be exported; nothing was changed, because of --dry-run`
    return unchanged(namespace, text)
  }
  const finalizers = stringsOf(nestedObject(answer, 'metadata').finalizers)
  const how =
    finalizers.length === 0 ? 'was deleted' : `goes with its finalizers (${finalizers.join(', ')})`
  const text = `Service ${key} is no longer exported: the ServiceExport ${how}`
  return { namespace, changed: true, text }
}

function unchanged(namespace: string, text: string): ExportResult {
  return { namespace, changed: false, text }
}

function namespaceOf({ client, namespace }: ExportRequest): string {
  return namespace ?? client.namespace ?? DEFAULT_NAMESPACE
}

function exportsPath(version: string, namespace: string): string {
  return `/apis/${MCS_GROUP}/${version}/namespaces/${namespace}/serviceexports`
}

/** An object of the core group; undefined if it does not exist. */
function read({ client, signal }: ExportRequest, resource: string, path: string): Promise<unknown> {
  const info = { verb: 'get', resource, group: '' } as const
  return ifFound(client.read({ info, path: `/api/v1${path}`, accept: JSON_TYPE, signal }))
}

/** Rejects with EXPORT if the ServiceExport is being deleted; who may not read it does not learn it. */
async function requireNotDeleted(
  { client, signal }: ExportRequest,
  resource: string,
  path: string,
): Promise<void> {
  const info = { verb: 'get', resource, group: MCS_GROUP } as const
  try {
    const found = await client.read({ info, path, accept: JSON_TYPE, signal })
    if (nestedObject(found, 'metadata').deletionTimestamp === undefined) return
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'forbidden') return
    // It has gone since.
    if (!(error instanceof ApiError) || error.reason !== 'not_found') throw error
  }
  throw new CodedError('EXPORT', `${resource} is still being deleted, try again`)
}

/** Rejects with EXPORT if the namespace does not exist; who may not read it does not learn it. */
async function requireNamespace(request: ExportRequest, namespace: string): Promise<void> {
  let found: unknown
  try {
    found = await read(request, `namespaces ${namespace}`, `/namespaces/${namespace}`)
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'forbidden') return
    throw error
  }
  if (found !== undefined) return
  const { server } = request.client
  throw new CodedError('EXPORT', `there is no namespace ${namespace} in ${server}`)
}
