// Which write this is: in words for the log and for errors, as a text that tells whether the same is done again, and
// with the version that its object has by then.
import { nestedObject, stringOf } from '../api/unstructured.ts'
import type { Body, Write } from '../api/writes.ts'

/** What writes do, whatever the versions they meet, and whenever. */
export function signatureOf(writes: readonly Write[]): string {
  return JSON.stringify(
    writes.map((write) => {
      const { action, resource } = write
      if (action === 'create') return [action, resource, write.name, write.body]
      // What is made anew each time has another uid each time.
      if (action === 'delete') return [action, resource, write.id.name]
      return [action, resource, write.id.uid, write.body]
    }),
    (name, value: unknown) => (name === 'lastTransitionTime' ? undefined : value),
  )
}

/** The versions that the patches of one plan have made, for those of the same objects that follow. */
export class WrittenVersions {
  readonly #versions = new Map<string, string>()

  record(write: Write, answer: Body): void {
    if (write.action !== 'patch') return
    const version = stringOf(nestedObject(answer, 'metadata').resourceVersion)
    if (version !== '') this.#versions.set(objectKey(write, write.id.uid), version)
  }

  /** The write with the version that its object has by now. */
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
