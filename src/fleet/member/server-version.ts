// The Kubernetes version of a member, read when somebody asks for it.
import type { ApiClient } from '../../kube/api-client.ts'
import type { Clock } from '../../kube/clock.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'

/** Milliseconds for which a version is reused: an API server is rarely upgraded. */
const KEPT_MS = 600_000

/** The version that the API server names, "v1.36.3", without our credentials. Rejects with ApiError. */
export async function readVersion(client: ApiClient, signal: AbortSignal): Promise<string> {
  const info = { verb: 'get', resource: 'version', group: '' } as const
  const answer = await client.read({ info, path: '/version', accept: JSON_TYPE, signal })
  return client.hide(stringOf(nestedObject(answer).gitVersion))
}

/** The version of one API server. */
export class ServerVersion {
  readonly #client: ApiClient
  readonly #clock: Pick<Clock, 'now'>
  #read: { readonly version: string; readonly at: number } | undefined

  constructor(client: ApiClient, clock: Pick<Clock, 'now'>) {
    this.#client = client
    this.#clock = clock
  }

  /** Resolves to "v1.36.3", or to what was read last, '' for nothing, when it cannot be read. Never rejects. */
  async get(signal: AbortSignal): Promise<string> {
    const now = this.#clock.now()
    if (this.#read !== undefined && now - this.#read.at < KEPT_MS) return this.#read.version
    try {
      const version = (await readVersion(this.#client, signal)).slice(0, 100)
      this.#read = { version, at: now }
    } catch {
      // The state of the cluster tells why.
    }
    return this.#read?.version ?? ''
  }
}
