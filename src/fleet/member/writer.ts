// Sends writes and Events to one member, and puts the response of each write into the cache: the next reconcile reads
// its own writes without waiting for the watch.
import type { ApiClient } from '../../kube/api-client.ts'
import type { FleetResource } from '../api/records.ts'
import { listOf, nestedObject, stringOf } from '../api/unstructured.ts'
import type { Body, ClusterEvent, Write } from '../api/writes.ts'
import { objectOf } from '../api/writes.ts'
import type { ClusterCache } from './cluster-cache.ts'
import { eventObject, eventPath, groupOf, writeBody, writePath } from './requests.ts'

interface WriterOptions {
  readonly client: ApiClient
  /** The served version of the MCS API; '' for resources of other groups. */
  readonly mcsVersion: (resource: FleetResource) => string
  /** Checked just before a write is sent; false rejects it. */
  readonly mayWrite: () => boolean
}

/** The writes of one member. */
export class Writer {
  readonly #options: WriterOptions

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /**
   * Resolves to the raw object after the write, {} for a delete; `cache` has it by then. Rejects with ApiError, "too_large"
   * before anything is sent when the cache has no room for the answer.
   */
  async write(write: Write, cache: ClusterCache, signal: AbortSignal): Promise<Body> {
    const { resource, namespace, action } = write
    if (action !== 'delete') cache.requireRoom(resource)
    const removed = new Set<string>()
    const stopRecording = cache.recordRemovals(removed)
    const answer = await this.#send(write, signal).finally(stopRecording)
    const metadata = nestedObject(answer, 'metadata')
    // With a finalizer the object still exists; without one the response is a Status or the deleted object.
    if (action === 'delete' && listOf(metadata.finalizers).length === 0) {
      cache.remove(resource, `${namespace}/${write.id.name}`, write.id.uid)
    } else if (!removed.has(stringOf(metadata.uid))) {
      // Ignored when a DELETED event arrived before this response: no further event would remove the object.
      cache.putAnswer(resource, answer)
    }
    cache.flush()
    return action === 'delete' ? {} : answer
  }

  /** Creates an Event. Rejects with ApiError. */
  async report(event: ClusterEvent, signal: AbortSignal): Promise<void> {
    const { client, mcsVersion, mayWrite } = this.#options
    await client.write({
      info: { verb: 'create', resource: 'events', group: '' },
      path: eventPath(event.namespace),
      body: eventObject(event, mcsVersion(event.resource)),
      signal,
      mayStart: mayWrite,
    })
  }

  async #send(write: Write, signal: AbortSignal): Promise<Body> {
    const { client, mcsVersion, mayWrite } = this.#options
    const { resource, action } = write
    const version = mcsVersion(resource)
    const answer = await client.write({
      info: { verb: action, resource: objectOf(write), group: groupOf(resource) },
      path: writePath(write, version),
      body: writeBody(write, version),
      signal,
      mayStart: mayWrite,
    })
    return nestedObject(answer)
  }
}
