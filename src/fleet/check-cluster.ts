// What `fleet check` finds out about one cluster: whether it can be reached and is who it should be, whether the
// MCS API is there, and which rights are missing. It changes nothing.
import type { ApiClient } from '../kube/api-client.ts'
import { MCS_GROUP } from '../kube/api-messages.ts'
import { discoverVersion } from '../kube/discovery.ts'
import { type Identities, readIdentity } from './identity.ts'
import { HUB_NAMESPACE } from './names.ts'
import { at, objects, text } from './raw-fields.ts'
import { hubRights, memberRights, type Right, showRight } from './rights.ts'

export interface Finding {
  readonly ok: boolean
  readonly text: string
}

const JSON_TYPE = 'application/json'

/** Checks a member; `name` is its configured id. Rejects only when the signal aborts. */
export async function checkMember(
  name: string,
  client: ApiClient,
  identities: Identities,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const reached = await attempt(() => readVersion(client, signal))
  if (!reached.ok) return [reached]
  const who = await attempt(async () => {
    const identity = await readIdentity(client, name, signal)
    identities.claim(name, identity)
    return `its id is ${identity.id}`
  })
  const [api, rights] = await Promise.all([
    attempt(() => readMcsVersion(client, signal)),
    checkRights(client, memberRights, '', signal),
  ])
  return [reached, who, api, ...rights]
}

/** Checks what the fleet needs of its hub. */
export async function checkHub(
  client: ApiClient,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const reached = await attempt(() => readVersion(client, signal))
  if (!reached.ok) return [reached]
  return [reached, ...(await checkRights(client, hubRights, HUB_NAMESPACE, signal))]
}

async function attempt(work: () => Promise<string>): Promise<Finding> {
  try {
    return { ok: true, text: await work() }
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) }
  }
}

async function readVersion(client: ApiClient, signal: AbortSignal): Promise<string> {
  const ask = { verb: 'get', resource: 'version', group: '' } as const
  const answer = at(await client.read({ ask, path: '/version', accept: JSON_TYPE, signal }))
  return `Kubernetes ${text(answer.gitVersion)} at ${client.server}`
}

async function readMcsVersion(client: ApiClient, signal: AbortSignal): Promise<string> {
  const version = await discoverVersion(client, signal)
  const path = `/apis/${MCS_GROUP}/${version}`
  const ask = { verb: 'list', resource: 'serviceexports', group: MCS_GROUP } as const
  const { resources } = at(await client.read({ ask, path, accept: JSON_TYPE, signal }))
  const served = objects(resources).map(({ name }) => text(name))
  const missing = ['serviceexports', 'serviceexports/status', 'serviceimports/status'].filter(
    (one) => !served.includes(one),
  )
  if (missing.length === 0) return `the MCS API is served as ${version}`
  throw new Error(`the MCS API ${version} lacks ${missing.join(', ')}: add --install-crds`)
}

async function checkRights(
  client: ApiClient,
  rights: readonly Right[],
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const asked = rights.flatMap((right) => right.verbs.map((verb) => ({ verb, right })))
  const missing: string[] = []
  const outcome = await attempt(async () => {
    await Promise.all(
      asked.map(async ({ verb, right }) => {
        if (!(await isAllowed(client, verb, right, namespace, signal))) {
          missing.push(showRight(verb, right))
        }
      }),
    )
    return `all ${asked.length} rights are there`
  })
  if (!outcome.ok || missing.length === 0) return [outcome]
  const where = namespace === '' ? '' : ` in the namespace ${namespace}`
  return missing.sort().map((one) => ({ ok: false, text: `no right to ${one}${where}` }))
}

async function isAllowed(
  client: ApiClient,
  verb: string,
  { group, resource, subresource, name }: Right,
  namespace: string,
  signal: AbortSignal,
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
    ask: { verb: 'create', resource: 'selfsubjectaccessreviews', group: API },
    path: `/apis/${API}/v1/selfsubjectaccessreviews`,
    body: { apiVersion: `${API}/v1`, kind, spec: { resourceAttributes } },
    signal,
  })
  return at(answer, 'status').allowed === true
}
