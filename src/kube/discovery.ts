// Discovers the version of the MCS API that a server serves: v1beta1, else v1alpha1. Both versions have the same
// schema. The two resources are discovered separately, since one CRD may be older than the other.
import type { ApiClient } from './api-client.ts'
import { ApiError } from './api-error.ts'
import { missingText, type RequestInfo } from './api-messages.ts'
import { asFields, listOf } from './fields.ts'
import { MCS_GROUP } from './mcs.ts'
import { JSON_TYPE } from './media-types.ts'

const VERSIONS = ['v1beta1', 'v1alpha1'] as const

export type McsResource = 'serviceimports' | 'serviceexports'

/** The newest served version of `resource`; rejects with ApiError "not_found" when its CRD is missing. */
export async function discoverVersion(
  client: ApiClient,
  signal: AbortSignal,
  resource: McsResource = 'serviceimports',
): Promise<string> {
  const { version } = await discoverResource(client, signal, resource)
  return version
}

/** As `discoverVersion`, with the names of all resources and subresources of that version. */
export async function discoverResource(
  client: ApiClient,
  signal: AbortSignal,
  resource: McsResource,
): Promise<{ readonly version: string; readonly names: readonly unknown[] }> {
  const info: RequestInfo = { verb: 'list', resource, group: MCS_GROUP }
  const get = (path: string) => client.read({ info, path, accept: JSON_TYPE, signal })
  const group = asFields(await get(`/apis/${MCS_GROUP}`))
  const served = listOf(group?.versions).map((version) => asFields(version)?.version)
  for (const version of VERSIONS) {
    if (!served.includes(version)) continue
    const { resources } = asFields(await get(`/apis/${MCS_GROUP}/${version}`)) ?? {}
    const names = listOf(resources).map((resource) => asFields(resource)?.name)
    if (names.includes(resource)) return { version, names }
  }
  throw new ApiError('not_found', missingText(info, client.server), { status: 404 })
}
