// One cluster of `verify`: the requests to it.
import { nestedObject, objectsOf } from '../../fleet/api/unstructured.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError, ifFound } from '../../kube/api-error.ts'
import { MCS_GROUP } from '../../kube/mcs.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'

/** The resources of `verify`, by the path of their API. */
const APIS = {
  namespaces: '/api/v1',
  services: '/api/v1',
  pods: '/api/v1',
  endpointslices: '/apis/discovery.k8s.io/v1',
  serviceexports: `/apis/${MCS_GROUP}`,
  serviceimports: `/apis/${MCS_GROUP}`,
} as const

export type VerifyResource = keyof typeof APIS

/** Creates, reads and deletes objects of one cluster; each request rejects with ApiError. */
export class VerifyCluster {
  /** The name that the user gave it. */
  readonly name: string
  /** The words of a command in it. */
  readonly kubectl: string
  readonly client: ApiClient
  /** Of the MCS API, by resource; empty until it was discovered. */
  readonly versions = new Map<VerifyResource, string>()

  constructor(name: string, kubectl: string, client: ApiClient) {
    this.name = name
    this.kubectl = kubectl
    this.client = client
  }

  /** Creates the object in the namespace ('' for a namespace itself); one that exists is left as it is. */
  async create(
    resource: VerifyResource,
    namespace: string,
    body: object,
    signal: AbortSignal,
  ): Promise<void> {
    const info = { verb: 'create', resource, group: this.#group(resource) } as const
    try {
      await this.client.write({ info, path: this.#path(resource, namespace), body, signal })
    } catch (error) {
      if (!(error instanceof ApiError) || error.statusReason !== 'AlreadyExists') throw error
    }
  }

  /** The raw object; undefined if it does not exist. */
  get(
    resource: VerifyResource,
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    const info = { verb: 'get', resource, group: this.#group(resource) } as const
    const path = `${this.#path(resource, namespace)}/${name}`
    return ifFound(this.client.read({ info, path, accept: JSON_TYPE, signal }))
  }

  /** The raw objects that the selector of labels selects; '' for all. */
  async list(
    resource: VerifyResource,
    namespace: string,
    selector: string,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    const info = { verb: 'list', resource, group: this.#group(resource) } as const
    const path = `${this.#path(resource, namespace)}?labelSelector=${encodeURIComponent(selector)}`
    const list = await this.client.read({ info, path, accept: JSON_TYPE, signal })
    return objectsOf(nestedObject(list).items)
  }

  /** Deletes the namespace with all in it; one that does not exist is none. `uid` is that of the namespace that is meant. */
  async removeNamespace(name: string, uid: string | undefined, signal: AbortSignal): Promise<void> {
    const info = { verb: 'delete', resource: 'namespaces', group: '' } as const
    const preconditions = uid === undefined ? {} : { preconditions: { uid } }
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...preconditions }
    const path = `${this.#path('namespaces', '')}/${name}`
    try {
      await ifFound(this.client.write({ info, path, body, signal }))
    } catch (error) {
      // It is being deleted already, or the uid is that of another one.
      if (!(error instanceof ApiError) || error.reason !== 'conflict') throw error
    }
  }

  #group(resource: VerifyResource): string {
    const [, group = ''] = /^\/apis\/([^/]+)/.exec(APIS[resource]) ?? []
    return group
  }

  #path(resource: VerifyResource, namespace: string): string {
    const version = this.versions.get(resource)
    const base = `${APIS[resource]}${version === undefined ? '' : `/${version}`}`
    return `${base}${namespace === '' ? '' : `/namespaces/${namespace}`}/${resource}`
  }
}
