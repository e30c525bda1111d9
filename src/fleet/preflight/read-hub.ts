// Reads the Leases and Secrets of the hub once, for commands that run once and exit.
import type { ApiClient } from '../../kube/api-client.ts'
import { PagedList } from '../../kube/list-pages.ts'
import { hubList } from '../hub/client.ts'
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
  const read = (resource: 'leases' | 'secrets') =>
    Array.fromAsync(new PagedList(client).objects(hubList(resource), signal))
  const [leases, secrets] = await Promise.all([read('leases'), read('secrets')])
  return {
    records: leases.map((raw) => {
      const { id, uid, leave } = recordOf(leaseFromObject(raw))
      return { id, uid, left: leave !== 'no' }
    }),
    secrets: secrets.map(secretFromObject),
  }
}
