// Where each resource is served. ServiceImports come in v1alpha1 and v1beta1, which have one schema: the
// API group says which it serves, and the preferred one that has serviceimports is taken. A version that
// stops being served, or a CRD that is not there yet, is asked for again.
import { ApiError } from './api-error.ts'
import { MCS_GROUP, missingText } from './api-messages.ts'
import type { ApiClient } from './client.ts'
import { asFields } from './fields.ts'
import type { Resource } from './store.ts'
import { SERVICE_LABEL } from './trim.ts'

export interface Endpoint {
  readonly path: string
  readonly group: string
  /** Query of every list and watch of it. */
  readonly query: Readonly<Record<string, string>>
  /** True when names are all we need: asked for as PartialObjectMetadata. */
  readonly metadataOnly: boolean
}

export interface Locator {
  find(signal: AbortSignal): Promise<Endpoint>
  /** The server answered 404: find again next time. */
  lost(): void
}

const VERSIONS = ['v1beta1', 'v1alpha1']
const ask = { verb: 'get', resource: 'serviceimports', group: MCS_GROUP } as const

const slices: Endpoint = {
  path: '/apis/discovery.k8s.io/v1/endpointslices',
  group: 'discovery.k8s.io',
  query: { labelSelector: SERVICE_LABEL },
  metadataOnly: false,
}

const namespaces: Endpoint = {
  path: '/api/v1/namespaces',
  group: '',
  query: {},
  metadataOnly: true,
}

/** Finds out where `resource` is served. */
export function locatorOf(resource: Resource, client: ApiClient): Locator {
  if (resource === 'serviceimports') return new ImportLocator(client)
  const endpoint = resource === 'endpointslices' ? slices : namespaces
  return { find: () => Promise.resolve(endpoint), lost: () => {} }
}

class ImportLocator implements Locator {
  readonly #client: ApiClient
  #found: Endpoint | undefined

  constructor(client: ApiClient) {
    this.#client = client
  }

  async find(signal: AbortSignal): Promise<Endpoint> {
    this.#found ??= await this.#discover(signal)
    return this.#found
  }

  lost(): void {
    this.#found = undefined
  }

  async #discover(signal: AbortSignal): Promise<Endpoint> {
    for (const version of await this.#versions(signal)) {
      const path = `/apis/${MCS_GROUP}/${version}`
      if (await this.#serves(path, signal)) {
        return { path: `${path}/serviceimports`, group: MCS_GROUP, query: {}, metadataOnly: false }
      }
    }
    throw new ApiError('not_found', missingText(ask, this.#client.server), { status: 404 })
  }

  /** The versions that we speak, the server's preferred one first. */
  async #versions(signal: AbortSignal): Promise<string[]> {
    const group = asFields(await this.#client.json({ ...ask, path: `/apis/${MCS_GROUP}`, signal }))
    const served = (Array.isArray(group?.versions) ? group.versions : []).map(
      (entry) => asFields(entry)?.version,
    )
    const preferred = asFields(group?.preferredVersion)?.version
    const spoken = VERSIONS.filter((version) => served.includes(version))
    return spoken.sort((a, b) => Number(b === preferred) - Number(a === preferred))
  }

  async #serves(path: string, signal: AbortSignal): Promise<boolean> {
    try {
      const list = asFields(await this.#client.json({ ...ask, path, signal }))
      const names = Array.isArray(list?.resources) ? list.resources : []
      return names.some((entry) => asFields(entry)?.name === 'serviceimports')
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'not_found') return false
      throw error
    }
  }
}
