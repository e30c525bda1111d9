// Which version of the MCS API the server speaks: v1beta1 where it is served, else v1alpha1. Both have one
// schema; old clusters have the latter only.
import type { ApiClient } from './api-client.ts'
import { ApiError } from './api-error.ts'
import { type Ask, MCS_GROUP, missingText } from './api-messages.ts'
import { asFields } from './fields.ts'

const VERSIONS = ['v1beta1', 'v1alpha1'] as const
const ASK: Ask = { verb: 'list', resource: 'serviceimports', group: MCS_GROUP }

/** The version that serves ServiceImports; rejects with ApiError "not_found" when the CRD is missing. */
export async function discoverVersion(client: ApiClient, signal: AbortSignal): Promise<string> {
  const get = (path: string) => client.read({ ask: ASK, path, accept: 'application/json', signal })
  const group = asFields(await get(`/apis/${MCS_GROUP}`))
  const served = list(group?.versions).map((version) => asFields(version)?.version)
  for (const version of VERSIONS) {
    if (!served.includes(version)) continue
    const resources = asFields(await get(`/apis/${MCS_GROUP}/${version}`))
    const names = list(resources?.resources).map((resource) => asFields(resource)?.name)
    if (names.includes('serviceimports')) return version
  }
  throw new ApiError('not_found', missingText(ASK, client.server), { status: 404 })
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
