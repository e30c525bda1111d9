// Reads the Leases and Secrets of the hub once, for commands that run once and exit.
import type { ApiClient } from '../../kube/api-client.ts'
import { MEMBER_LABEL } from '../api/names.ts'
import { listOf, nestedObject } from '../api/unstructured.ts'
import { hubPath } from '../hub/client.ts'
import { leaseFromObject } from '../hub/lease.ts'
import { type MemberSecret, secretFromObject } from '../hub/member-secrets.ts'
import { recordOf } from '../hub/roster.ts'
import type { IdentityRecord } from '../member/identity.ts'

/** The identity records and the member Secrets of the hub. */
export interface HubContents {
  readonly records: readonly IdentityRecord[]
  readonly secrets: readonly MemberSecret[]
}

/** Lists the Leases and the Secrets of members. Rejects with ApiError. */
export async function readHub(client: ApiClient, signal: AbortSignal): Promise<HubContents> {
  const read = async (resource: 'leases' | 'secrets') => {
    const { path, group } = hubPath(resource)
    const info = { verb: 'list', resource, group } as const
    const query = `?labelSelector=${encodeURIComponent(MEMBER_LABEL)}`
    const accept = 'application/json'
    return listOf(
      nestedObject(await client.read({ info, path: `${path}${query}`, accept, signal })).items,
    )
  }
  const [leases, secrets] = await Promise.all([read('leases'), read('secrets')])
  return {
    records: leases.map((raw) => {
      const { id, uid, leave } = recordOf(leaseFromObject(raw))
      return { id, uid, left: leave !== 'no' }
    }),
    secrets: secrets.map(secretFromObject),
  }
}
