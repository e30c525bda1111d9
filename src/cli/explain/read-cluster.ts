// Reads what one cluster has of a service.
import { errorText } from '../../errors.ts'
import type { MemberPolicy } from '../../fleet/api/member-policy.ts'
import { amcsName, MCS_SERVICE_NAME_LABEL, SERVICE_NAME_LABEL } from '../../fleet/api/names.ts'
import type { ServiceSnapshot } from '../../fleet/api/records.ts'
import { nestedObject, stringMapOf } from '../../fleet/api/unstructured.ts'
import type { ClusterFacts } from '../../fleet/explain/facts.ts'
import {
  exportRecord,
  importRecord,
  namespaceView,
  serviceRecord,
  sliceRecord,
} from '../../fleet/member/convert.ts'
import { readIdentity, readSystem } from '../../fleet/member/identity.ts'
import { readServer } from '../../fleet/preflight/check-cluster.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { Clock } from '../../kube/clock.ts'
import { lastChange } from './last-change.ts'
import { endpointFacts } from './pods.ts'
import { type HubLeases, readLeases } from './read-leases.ts'
import { ObjectReader } from './read-objects.ts'
import { readRights } from './rights.ts'

/** The cluster to read, and what of it. */
export interface ClusterQuery {
  readonly name: string
  /** The words of a command in it. */
  readonly kubectl: string
  readonly policy: MemberPolicy
  readonly namespace: string
  /** Of the service. */
  readonly service: string
  readonly rightsOf: 'us' | 'account'
}

/** What was read, and the Leases of a fleet if the cluster is its hub. */
export interface ReadCluster {
  readonly facts: ClusterFacts
  /** UID of the kube-system namespace; '' when it was not read. */
  readonly uid: string
  readonly hub: HubLeases | undefined
}

const nothing: ServiceSnapshot = {
  namespace: undefined,
  export: undefined,
  service: undefined,
  slices: [],
  import: undefined,
  derived: undefined,
  imported: [],
}

/** Reads the cluster; a cluster that cannot be reached has a `problem`. Rejects when the signal aborts, but not at its time limit. */
export async function readCluster(
  client: ApiClient,
  query: ClusterQuery,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadCluster> {
  const { name, kubectl, policy, rightsOf } = query
  const base = { name, id: name, kubectl, policy, server: '', endpoints: [], selector: '' }
  const unknown = { unread: new Map(), snapshot: nothing, rights: undefined, changedAt: undefined }
  try {
    const server = await readServer(client, signal)
    const [{ uid, ...identity }, objects, rights, hub] = await Promise.all([
      readId(client, query, signal),
      readObjects(client, query, signal),
      readRights(client, rightsOf, signal),
      readLeases(client, name, clock, signal),
    ])
    const facts = { ...base, ...objects, ...identity, server, problem: undefined, rights }
    return { facts, uid, hub }
  } catch (error) {
    const problem = problemOf(error, signal)
    return { facts: { ...base, ...unknown, problem }, uid: '', hub: undefined }
  }
}

/** The text of the error; throws it when the user interrupted the command. */
function problemOf(error: unknown, signal: AbortSignal): string {
  if (!signal.aborted) return errorText(error)
  const { reason } = signal
  if (reason instanceof Error && reason.name === 'TimeoutError') return reason.message
  throw reason
}

type Identity = Pick<ReadCluster, 'uid'> & Pick<ClusterFacts, 'id' | 'isIdUnknown'>

/** The id in the clusterset and the UID; the given name and '' when they may not be read. */
async function readId(
  client: ApiClient,
  { name, rightsOf }: ClusterQuery,
  signal: AbortSignal,
): Promise<Identity> {
  try {
    // '' when it has no ClusterProperty. The configuration has its id then, but the name of a context may be any.
    const { id, uid } = await readIdentity(client, '', signal)
    return { id: id || name, isIdUnknown: id === '' && rightsOf === 'account', uid }
  } catch (error) {
    if (!isForbidden(error)) throw error
    return { id: name, isIdUnknown: true, uid: await readUid(client, signal) }
  }
}

async function readUid(client: ApiClient, signal: AbortSignal): Promise<string> {
  try {
    return (await readSystem(client, signal)).uid
  } catch (error) {
    if (isForbidden(error)) return ''
    throw error
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.reason === 'forbidden'
}

type Objects = Pick<ClusterFacts, 'unread' | 'snapshot' | 'endpoints' | 'selector' | 'changedAt'>

async function readObjects(
  client: ApiClient,
  { namespace, service, name }: ClusterQuery,
  signal: AbortSignal,
): Promise<Objects> {
  const reader = new ObjectReader(client, signal)
  const named = async (
    resource: 'services' | 'serviceexports' | 'serviceimports',
    object: string,
  ) => {
    const selector = `fieldSelector=metadata.name=${object}`
    return withName(await reader.list({ resource, namespace, selector }), object)
  }
  const slicesOf = (label: string) =>
    reader.list({
      resource: 'endpointslices',
      namespace,
      selector: `labelSelector=${label}=${service}`,
    })
  const [rawNamespaces, rawExport, rawImport, rawService, rawDerived, own, imported] =
    await Promise.all([
      reader.list({
        resource: 'namespaces',
        namespace: '',
        selector: `fieldSelector=metadata.name=${namespace}`,
      }),
      named('serviceexports', service),
      named('serviceimports', service),
      named('services', service),
      named('services', amcsName(service)),
      slicesOf(SERVICE_NAME_LABEL),
      slicesOf(MCS_SERVICE_NAME_LABEL),
    ])
  const rawNamespace = withName(rawNamespaces, namespace)
  const slices = own.filter((raw) => !Object.hasOwn(labelsOf(raw), MCS_SERVICE_NAME_LABEL))
  const selector = selectorOf(rawService)
  const pods =
    rawExport === undefined || selector === ''
      ? []
      : await reader.list({ resource: 'pods', namespace, selector: `labelSelector=${selector}` })
  const snapshot: ServiceSnapshot = {
    namespace: rawNamespace === undefined ? undefined : namespaceView(rawNamespace),
    export: rawExport === undefined ? undefined : exportRecord(rawExport, name),
    service: rawService === undefined ? undefined : serviceRecord(rawService),
    slices: slices.map(sliceRecord).sort(byAge),
    import: rawImport === undefined ? undefined : importRecord(rawImport),
    derived: rawDerived === undefined ? undefined : serviceRecord(rawDerived),
    imported: imported.map(sliceRecord),
  }
  return {
    unread: reader.unread,
    snapshot,
    endpoints: endpointFacts(slices, pods),
    selector,
    changedAt: lastChange([...(rawImport === undefined ? [] : [rawImport]), ...imported]),
  }
}

/** The object of this name: an API server may answer others than those that it is asked for. */
function withName(raws: readonly unknown[], name: string): unknown {
  return raws.find((raw) => nestedObject(raw, 'metadata').name === name)
}

function labelsOf(raw: unknown): Readonly<Record<string, string>> {
  return stringMapOf(nestedObject(raw, 'metadata').labels)
}

function selectorOf(raw: unknown): string {
  return Object.entries(stringMapOf(nestedObject(raw, 'spec').selector))
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

function byAge(a: { readonly creationTimestamp: string }, b: typeof a): number {
  return a.creationTimestamp < b.creationTimestamp ? -1 : 1
}
