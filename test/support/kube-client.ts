// A small Kubernetes client for tests: plain requests, server-side apply and delete of any object. It shares no code
// with src/kube on purpose.
import { Agent, request } from 'undici'
import { waitFor } from './wait-for.ts'

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

interface KubeResponse<T> {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The parsed JSON, cast to the caller's type; the text of any other response. */
  readonly body: T
}

/** A response body: a Status, which has a message, or an object. */
interface KubeAnswer extends KubeObject {
  readonly message?: string
}

interface RequestOptions {
  readonly token?: string
  readonly contentType?: string
  readonly accept?: string
  /** Returns the body as text, for a watch: several JSON values. */
  readonly asText?: boolean
  readonly signal?: AbortSignal
}

export interface KubeClient {
  /** One request; `body` is sent as JSON. HTTP errors are responses, not exceptions. */
  readonly request: <T = KubeAnswer>(
    method: string,
    path: string,
    body?: unknown,
    options?: RequestOptions,
  ) => Promise<KubeResponse<T>>
  /** Applies the objects in order (server-side apply), with `status`; waits for a kind whose CRD was just applied. */
  readonly apply: (objects: readonly KubeObject[]) => Promise<KubeObject[]>
  /** Deletes the objects; a missing one is ignored. */
  readonly remove: (objects: readonly KubeObject[]) => Promise<void>
  readonly close: () => Promise<void>
}

interface Resource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

/** A client with a bearer token. */
export function createKubeClient(server: string, ca: string, token: string): KubeClient {
  const agent = new Agent({ connect: { ca }, allowH2: false })
  const plurals = new Map<string, Resource>()

  const send: KubeClient['request'] = async <T>(
    method: string,
    path: string,
    body?: unknown,
    options: RequestOptions = {},
  ): Promise<KubeResponse<T>> => {
    const response = await request(`${server}${path}`, {
      method: method as 'GET',
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${options.token ?? token}`,
        accept: options.accept ?? 'application/json',
        ...(body !== undefined && { 'content-type': options.contentType ?? 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(options.signal && { signal: options.signal }),
    })
    const text = await response.body.text()
    const type = String(response.headers['content-type'] ?? '')
    const json = type.includes('json') && !options.asText
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (json && text !== '' ? JSON.parse(text) : text) as T,
    }
  }

  const findResource = async (apiVersion: string, kind: string): Promise<Resource | undefined> => {
    const key = `${apiVersion}/${kind}`
    if (!plurals.has(key)) {
      const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
      const { status, body } = await send<{ resources: Resource[] }>('GET', base)
      if (status !== 200) return undefined
      for (const resource of body.resources) {
        if (!resource.name.includes('/')) plurals.set(`${apiVersion}/${resource.kind}`, resource)
      }
    }
    return plurals.get(key)
  }

  const pathOf = async (object: KubeObject, timeoutMs: number): Promise<string> => {
    const { apiVersion, kind, metadata } = object
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    const resource = await waitFor(
      `the API server serves ${apiVersion} ${kind}`,
      () => findResource(apiVersion, kind),
      { timeoutMs },
    )
    const within = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : ''
    return `${base}${within}/${resource.name}/${metadata.name}`
  }

  const applyOne = async (object: KubeObject): Promise<KubeObject> => {
    const path = await pathOf(object, 15_000)
    const query = '?fieldManager=test&force=true'
    const options = { contentType: 'application/apply-patch+yaml' }
    let response = await send('PATCH', path + query, object, options)
    if (response.status < 300 && object.status !== undefined) {
      const { apiVersion, kind, metadata, status } = object
      const { name, namespace } = metadata
      const identity = { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } }
      response = await send('PATCH', `${path}/status${query}`, { ...identity, status }, options)
    }
    if (response.status >= 300) {
      throw new Error(`apply ${path}: ${response.status} ${response.body.message ?? response.body}`)
    }
    return response.body
  }

  return {
    request: send,
    apply: async (objects) => {
      const applied: KubeObject[] = []
      for (const object of objects) applied.push(await applyOne(object))
      return applied
    },
    remove: async (objects) => {
      for (const object of objects) {
        const path = await pathOf(object, 5_000)
        const { status, body } = await send('DELETE', path)
        if (status >= 300 && status !== 404) throw new Error(`delete ${path}: ${body.message}`)
      }
    },
    close: () => agent.destroy(),
  }
}
