// The checks of `fleet check` on one cluster: reachability, identity, the MCS API and the permissions. Changes nothing.

import { CodedError, errorText } from '../../errors.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { discoverResource, type McsResource } from '../../kube/discovery.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'
import { HUB_NAMESPACE } from '../api/names.ts'
import { nestedObject } from '../api/unstructured.ts'
import { type Identity, readIdentity } from '../member/identity.ts'
import { readVersion } from '../member/server-version.ts'
import { hubRights, memberRights, namespaceRight, type Right, showRight } from './permissions.ts'

/** The result of one check; `text` is printed. */
export interface Finding {
  readonly ok: boolean
  readonly text: string
}

/** The results for a member. Conflicts between cluster ids are checked against the other members by the caller. */
export interface MemberFindings {
  readonly reached: Finding
  /** A finding when reading the identity failed; undefined when the cluster is unreachable. */
  readonly identity: Identity | Finding | undefined
  readonly others: readonly Finding[]
}

/** Checks a member; `name` is its configured id. Rejects only when the signal aborts without a TimeoutError. */
export async function checkMember(
  name: string,
  client: ApiClient,
  signal: AbortSignal,
): Promise<MemberFindings> {
  const context = { client, signal }
  const reached = await attempt(context, () => readServer(client, signal))
  if (!reached.ok) return { reached, identity: undefined, others: [] }
  let identity: Identity | undefined
  const identityFinding = await attempt(context, async () => {
    identity = await readIdentity(client, name, signal)
    return ''
  })
  const [api, rights] = await Promise.all([
    attempt(context, () => readMcsVersions(client, signal)),
    checkRights(context, memberRights, '', 'kubectl apply -k deploy/fleet/member'),
  ])
  return { reached, identity: identity ?? identityFinding, others: [api, rights] }
}

/** Checks the hub, its reachability first. Rejects only when the signal aborts without a TimeoutError. */
export async function checkHub(
  client: ApiClient,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const context = { client, signal }
  const reached = await attempt(context, () => readServer(client, signal))
  if (!reached.ok) return [reached]
  const [rights, namespace] = await Promise.all([
    checkRights(context, hubRights, HUB_NAMESPACE, 'kubectl apply -k deploy/fleet/hub-account'),
    checkNamespace(context),
  ])
  return [reached, rights, ...namespace]
}

/** The client of a check, and its deadline. */
export interface CheckContext {
  readonly client: ApiClient
  /** Aborts with a TimeoutError at the deadline. */
  readonly signal: AbortSignal
}

/** A finding with the text of `work`, or with its error. Rejects only when the signal aborts without a TimeoutError. */
export async function attempt(
  context: CheckContext,
  work: () => Promise<string>,
): Promise<Finding> {
  try {
    return { ok: true, text: await work() }
  } catch (error) {
    const { signal } = context
    if (!signal.aborted) return failure(error)
    const late = deadlineError(context)
    if (late === undefined) throw signal.reason
    return failure(late)
  }
}

/** The error of a server that has not answered by the deadline; undefined when that is not why the signal aborted. */
export function deadlineError({
  client,
  signal,
}: {
  readonly client: Pick<ApiClient, 'server'>
  readonly signal: AbortSignal
}): CodedError | undefined {
  const { reason } = signal
  if (!(reason instanceof Error) || reason.name !== 'TimeoutError') return undefined
  const from = client.server || 'the credential provider'
  return new CodedError('API_UNREACHABLE', `${reason.message} from ${from}`)
}

/** A finding with the text of the error, after its code if it has one. */
export function failure(error: unknown): Finding {
  const code = error instanceof CodedError ? `${error.code}: ` : ''
  return { ok: false, text: `${code}${errorText(error)}` }
}

/** "Kubernetes v1.36.3 at https://10.0.0.1:6443". Rejects with ApiError. */
export async function readServer(client: ApiClient, signal: AbortSignal): Promise<string> {
  return `Kubernetes ${await readVersion(client, signal)} at ${client.server}`
}

/** Reads the version of each resource: one CRD may have been updated without the other. */
async function readMcsVersions(client: ApiClient, signal: AbortSignal): Promise<string> {
  const versions: string[] = []
  for (const resource of ['serviceexports', 'serviceimports'] as const) {
    versions.push(await readMcsVersion(resource, client, signal))
  }
  return `the MCS API is served as ${[...new Set(versions)].join(' and ')}`
}

async function readMcsVersion(
  resource: McsResource,
  client: ApiClient,
  signal: AbortSignal,
): Promise<string> {
  const discovered = discoverResource(client, signal, resource).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.reason !== 'not_found') throw error
    const text = `${error.message}; or: clusterset-dns fleet check --install-crds`
    throw new CodedError('API_NOT_FOUND', text)
  })
  const { version, names } = await discovered
  const status = `${resource}/status`
  if (names.includes(status)) return version
  const remedy = 'its CRD is outdated; update it: kubectl apply -k deploy/crds'
  throw new Error(`the MCS API ${version} lacks ${status}: ${remedy}`)
}

/**
 * Checks that the hub's namespace exists or may be created. When reading it is forbidden, it is assumed to exist: the
 * roles of the hub are in it.
 */
async function checkNamespace(context: CheckContext): Promise<readonly Finding[]> {
  const { client, signal } = context
  let isAbsent = false
  const finding = await attempt(context, async () => {
    const info = { verb: 'get', resource: `namespaces ${HUB_NAMESPACE}`, group: '' } as const
    try {
      const path = `/api/v1/namespaces/${HUB_NAMESPACE}`
      await client.read({ info, path, accept: JSON_TYPE, signal })
      return ''
    } catch (error) {
      const { reason } = error instanceof ApiError ? error : {}
      if (reason === 'forbidden') return ''
      if (reason !== 'not_found') throw error
    }
    isAbsent = true
    if (await isAllowed(context, 'create', namespaceRight, '')) {
      return `the namespace ${HUB_NAMESPACE} will be created`
    }
    const remedy = `kubectl create namespace ${HUB_NAMESPACE}`
    const text = `no namespace ${HUB_NAMESPACE}, and no permission to create it: ${remedy}`
    throw new CodedError('API_FORBIDDEN', text)
  })
  return isAbsent || !finding.ok ? [finding] : []
}

/** One finding with all missing permissions and the `remedy` that grants them, or that none is missing. */
async function checkRights(
  context: CheckContext,
  rights: readonly Right[],
  namespace: string,
  remedy: string,
): Promise<Finding> {
  const checks = rights.flatMap((right) => right.verbs.map((verb) => ({ verb, right })))
  const missing = new Map<Right, string[]>()
  const outcome = await attempt(context, async () => {
    await Promise.all(
      checks.map(async ({ verb, right }) => {
        if (await isAllowed(context, verb, right, namespace)) return
        missing.set(right, [...(missing.get(right) ?? []), verb])
      }),
    )
    return `all ${checks.length} permissions are granted`
  })
  if (!outcome.ok || missing.size === 0) return outcome
  const where = namespace === '' ? '' : ` in the namespace ${namespace}`
  const shown = rights.flatMap((right) => {
    const verbs = right.verbs.filter((verb) => missing.get(right)?.includes(verb))
    return verbs.length === 0 ? [] : [showRight(verbs.join(', '), right)]
  })
  return {
    ok: false,
    text: `API_FORBIDDEN: no permission to ${shown.join('; ')}${where}: ${remedy}`,
  }
}

/** Whether the API server grants this to us (SelfSubjectAccessReview). Rejects with ApiError. */
export async function isAllowed(
  { client, signal }: CheckContext,
  verb: string,
  { group, resource, subresource, name }: Right,
  namespace: string,
): Promise<boolean> {
  const API = 'authorization.k8s.io'
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
  }
  const kind = 'SelfSubjectAccessReview'
  const answer = await client.write({
    info: { verb: 'create', resource: 'selfsubjectaccessreviews', group: API },
    path: `/apis/${API}/v1/selfsubjectaccessreviews`,
    body: { apiVersion: `${API}/v1`, kind, spec: { resourceAttributes } },
    signal,
  })
  return nestedObject(answer, 'status').allowed === true
}
