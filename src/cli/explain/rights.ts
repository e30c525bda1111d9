// Which permissions the fleet lacks in a cluster: those of the credentials in use, or those of its service account.
import { HUB_NAMESPACE } from '../../fleet/api/names.ts'
import { nestedObject } from '../../fleet/api/unstructured.ts'
import type { RightsFacts } from '../../fleet/explain/facts.ts'
import { memberRights, type Right, showRight } from '../../fleet/preflight/permissions.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'

const API = 'authorization.k8s.io'
/** The ServiceAccount of deploy/fleet. */
const ACCOUNT = 'clusterset-dns-fleet'

/** Undefined when the account does not exist, or when we may not ask. Rejects when the signal aborts. */
export async function readRights(
  client: ApiClient,
  of: 'us' | 'account',
  signal: AbortSignal,
): Promise<RightsFacts | undefined> {
  const subject = of === 'us' ? {} : accountSubject
  try {
    if (of === 'account') await requireAccount(client, signal)
    const checks = memberRights.map(async (right) => {
      const verbs = await Promise.all(
        right.verbs.map(async (verb) =>
          (await isAllowed(client, verb, right, subject, signal)) ? [] : [verb],
        ),
      )
      const missing = verbs.flat()
      return missing.length === 0 ? [] : [showRight(missing.join(', '), right)]
    })
    const missing = (await Promise.all(checks)).flat()
    const account = of === 'us' ? 'The account of the fleet' : `The ServiceAccount ${ACCOUNT}`
    return { account, missing }
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

/** How an API server sees the service account (Kubernetes, "ServiceAccount tokens"). */
const accountSubject = {
  user: `system:serviceaccount:${HUB_NAMESPACE}:${ACCOUNT}`,
  groups: [
    'system:authenticated',
    'system:serviceaccounts',
    `system:serviceaccounts:${HUB_NAMESPACE}`,
  ],
}

async function requireAccount(client: ApiClient, signal: AbortSignal): Promise<void> {
  const info = { verb: 'get', resource: `serviceaccounts ${ACCOUNT}`, group: '' } as const
  const path = `/api/v1/namespaces/${HUB_NAMESPACE}/serviceaccounts/${ACCOUNT}`
  await client.read({ info, path, accept: JSON_TYPE, signal })
}

async function isAllowed(
  client: ApiClient,
  verb: string,
  { verbs: _, ...attributes }: Right,
  subject: Partial<typeof accountSubject>,
  signal: AbortSignal,
): Promise<boolean> {
  const isSelf = subject.user === undefined
  const kind = isSelf ? 'SelfSubjectAccessReview' : 'SubjectAccessReview'
  const resource = isSelf ? 'selfsubjectaccessreviews' : 'subjectaccessreviews'
  const answer = await client.write({
    info: { verb: 'create', resource, group: API },
    path: `/apis/${API}/v1/${resource}`,
    body: {
      apiVersion: `${API}/v1`,
      kind,
      spec: { ...subject, resourceAttributes: { verb, ...attributes } },
    },
    signal,
  })
  return nestedObject(answer, 'status').allowed === true
}
