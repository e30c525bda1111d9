// Writes the objects of slots to an API server, and repeats each write until the API server has confirmed it.
import { setTimeout as delay } from 'node:timers/promises'
import type { KubeClient, KubeObject } from '../support/kube-client.ts'
import { exists, NAMESPACES, objectsOf, type Slot } from './slots.ts'

const PLURALS: Readonly<Record<string, string>> = {
  Pod: 'pods',
  Service: 'services',
  EndpointSlice: 'endpointslices',
  ServiceImport: 'serviceimports',
}
const RETRY_MS = 200
/**
 * An API server that has just started refuses good requests: its allocator of addresses is not ready, or has addresses of
 * Services that were never created until it repairs itself, every few minutes.
 */
const REFUSED_MS = 900_000
const MERGE = { contentType: 'application/merge-patch+json' }
/** Slots that are created side by side. */
const SIDE_BY_SIDE = 16

type Verb = 'POST' | 'PATCH' | 'DELETE'

/** Writes through one client until `signal` aborts. */
export class ClusterWriter {
  readonly #request: KubeClient['request']
  readonly #signal: AbortSignal

  constructor(request: KubeClient['request'], signal: AbortSignal) {
    this.#request = request
    this.#signal = signal
  }

  /** Creates the namespaces, and the slots at version 0. */
  async create(slots: readonly Slot[]): Promise<void> {
    for (const name of NAMESPACES) {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
      await this.#write('POST', '/api/v1/namespaces', namespace)
    }
    const rest = [...slots]
    const createSome = async () => {
      for (let slot = rest.pop(); slot !== undefined; slot = rest.pop()) {
        for (const object of objectsOf(slot, 0)) await this.#create(object)
      }
    }
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, createSome))
  }

  /** Changes a slot from version `to - 1` to version `to`; resolves when the API server has confirmed it. */
  async change(slot: Slot, to: number): Promise<void> {
    const [before, after] = [to - 1, to].map((version) =>
      exists(slot, version) ? objectsOf(slot, version) : undefined,
    )
    if (before === undefined) {
      for (const object of after ?? []) await this.#create(object)
    } else if (after === undefined) {
      for (const object of before.toReversed()) await this.#write('DELETE', pathOf(object), DELETE)
    } else {
      // Only the last object has the addresses.
      const object = after.at(-1)!
      await this.#write('PATCH', pathOf(object), object)
    }
  }

  async #create(object: KubeObject): Promise<void> {
    const { status, ...rest } = object
    await this.#write('POST', folderOf(object), rest)
    if (status !== undefined) await this.#write('PATCH', `${pathOf(object)}/status`, { status })
  }

  async #write(verb: Verb, path: string, body: unknown): Promise<void> {
    // An earlier attempt may have been carried out although its response got lost.
    const done = { POST: 409, PATCH: 200, DELETE: 404 }[verb]
    const start = performance.now()
    for (;;) {
      this.#signal.throwIfAborted()
      const options = { signal: this.#signal, ...(verb === 'PATCH' ? MERGE : {}) }
      const response = await this.#request(verb, path, body, options).catch(() => undefined)
      const code = response?.status ?? 0
      if ((code >= 200 && code < 300) || code === done) return
      if (code >= 400 && code < 500 && performance.now() - start > REFUSED_MS) {
        throw new Error(`${verb} ${path}: ${code} ${JSON.stringify(response?.body)}`)
      }
      await delay(RETRY_MS, undefined, { signal: this.#signal })
    }
  }
}

const DELETE = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }

function folderOf({ apiVersion, kind, metadata }: KubeObject): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  return `${base}/namespaces/${metadata.namespace}/${PLURALS[kind]}`
}

function pathOf(object: KubeObject): string {
  return `${folderOf(object)}/${object.metadata.name}`
}
