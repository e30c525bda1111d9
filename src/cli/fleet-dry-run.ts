// `clusterset-dns fleet --dry-run`: writes are shown and not done.
import type { WorkerOptions } from '../fleet/cluster-worker.ts'
import { describe } from '../fleet/write-identity.ts'

export interface DryRun {
  readonly perform: WorkerOptions['perform']
  /** Imports and Services that would be created; what is written because they are there is not shown. */
  readonly created: number
}

/** `print` gets a line for each write: the cluster, what is written, and the body as JSON. */
export function createDryRun(print: (line: string) => void): DryRun {
  let created = 0
  return {
    get created() {
      return created
    },
    perform: async (member, write) => {
      const line = `${member.name}: ${describe(write)}`
      if (write.action === 'delete') {
        print(line)
        return {}
      }
      print(`${line} ${JSON.stringify(write.body)}`)
      if (write.action === 'create' && write.resource !== 'endpointslices') created++
      // As if the cluster had kept every field.
      return write.body
    },
  }
}
