// Creates a token for a service account of a member.
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { TokenSpec } from '../api/token-spec.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'

interface Sending {
  readonly signal: AbortSignal
  readonly mayStart: () => boolean
}

/**
 * Creates a token (POST serviceaccounts/NAME/token, a TokenRequest of authentication.k8s.io/v1). The API server may make it
 * end sooner than asked for. Rejects with ApiError.
 */
export async function createToken(
  client: ApiClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  spec: TokenSpec,
  sending: Sending,
): Promise<string> {
  const answer = await client.write({
    info: { verb: 'create', resource: `serviceaccounts/token ${namespace}/${name}`, group: '' },
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
    ...sending,
  })
  const token = stringOf(nestedObject(answer, 'status').token)
  if (token === '')
    throw new ApiError('protocol', `the TokenRequest of ${client.server} has no token`)
  return token
}
