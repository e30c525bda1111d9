// Identifies equal writes by a signature, and keeps the resourceVersions of the objects that a plan has written.
import { nestedObject, stringOf } from '../api/unstructured.ts'
import type { Body, Write } from '../api/writes.ts'

/** A text that is equal for writes with the same effect, whatever their resourceVersions and transition times. */
export function signatureOf(writes: readonly Write[]): string {
  return JSON.stringify(
    writes.map((write) => {
      const { action, resource } = write
      if (action === 'create') return [action, resource, write.name, write.body]
      // An object that is created again each time has a new uid each time.
      if (action === 'delete') return [action, resource, write.id.name]
      return [action, resource, write.id.uid, write.body]
    }),
    (name, value: unknown) => (name === 'lastTransitionTime' ? undefined : value),
  )
}

/** The resourceVersions after the patches of one plan, for later writes to the same objects. */
export class WrittenVersions {
  readonly #versions = new Map<string, string>()

  /** Records the resourceVersion of the API server's `answer` to a patch. */
  record(write: Write, answer: Body): void {
    if (write.action !== 'patch') return
    const version = stringOf(nestedObject(answer, 'metadata').resourceVersion)
    if (version !== '') this.#versions.set(objectKey(write, write.id.uid), version)
  }

  /** Returns the write with the latest recorded resourceVersion of its object. */
  withLatestVersion(write: Write): Write {
    if (write.action === 'create') return write
    const resourceVersion = this.#versions.get(objectKey(write, write.id.uid))
    return resourceVersion === undefined
      ? write
      : { ...write, id: { ...write.id, resourceVersion } }
  }
}

function objectKey({ resource, namespace }: Write, uid: string): string {
  return `${resource} ${namespace} ${uid}`
}
