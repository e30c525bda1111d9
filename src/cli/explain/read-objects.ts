// Lists objects of a cluster. Lists by name, because the fleet's account may list but not get.

import type { FleetResource } from '../../fleet/api/records.ts'
import type { Unread } from '../../fleet/explain/facts.ts'
import { apiPath, groupOf } from '../../fleet/member/requests.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { discoverVersion } from '../../kube/discovery.ts'
import { PagedList } from '../../kube/list-pages.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'

/** What is listed of one resource. */
export interface Listing {
  readonly resource: FleetResource | 'pods'
  /** '' for all of the cluster. */
  readonly namespace: string
  /** "labelSelector=app=web" or "fieldSelector=metadata.name=web". */
  readonly selector: string
}

/** Reads the objects of one cluster, and remembers what it could not read. */
export class ObjectReader {
  readonly #client: ApiClient
  readonly #signal: AbortSignal
  readonly #unread = new Map<FleetResource, Unread>()

  constructor(client: ApiClient, signal: AbortSignal) {
    this.#client = client
    this.#signal = signal
  }

  /** Why resources were not read, by resource. */
  get unread(): ReadonlyMap<FleetResource, Unread> {
    return this.#unread
  }

  /** The objects, [] when they cannot be read. Rejects only when the signal aborts. */
  async list({ resource, namespace, selector }: Listing): Promise<readonly unknown[]> {
    const [kind, value = ''] = selector.split(/=(.*)/s)
    try {
      const watched = {
        resource,
        group: resource === 'pods' ? '' : groupOf(resource),
        path: await this.#path(resource, namespace),
        query: `&${kind}=${encodeURIComponent(value)}`,
        acceptList: JSON_TYPE,
      }
      return await Array.fromAsync(new PagedList(this.#client).objects(watched, this.#signal))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (resource !== 'pods') this.#unread.set(resource, unreadOf(error))
      return []
    }
  }

  async #path(resource: Listing['resource'], namespace: string): Promise<string> {
    const mcsVersion =
      resource === 'serviceexports' || resource === 'serviceimports'
        ? await discoverVersion(this.#client, this.#signal, resource)
        : ''
    const base = resource === 'pods' ? '/api/v1' : apiPath(resource, mcsVersion)
    return `${base}${namespace === '' ? '' : `/namespaces/${namespace}`}/${resource}`
  }
}

function unreadOf({ reason, message }: ApiError): Unread {
  if (reason === 'not_found') return { reason: 'missing', text: message }
  return { reason: reason === 'forbidden' ? 'forbidden' : 'failed', text: message }
}
