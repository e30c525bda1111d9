// A LeaseApi in memory, with the resourceVersions and conflicts of an API server. A test can make it fail or hang.
import { nestedObject } from '../../../src/fleet/api/unstructured.ts'
import { mergePatch } from '../../../src/fleet/embedded/merge-patch.ts'
import type { LeaseApi, LeaseChange, LeaseRecord } from '../../../src/fleet/hub/lease.ts'
import { leaseBody, leaseFromObject } from '../../../src/fleet/hub/lease.ts'
import { ApiError } from '../../../src/kube/api-error.ts'

type Raw = Readonly<Record<string, unknown>>

/** The API, its objects and writes, and the switches `state.down` (every call fails) and `state.hang`. */
export function memoryLeases() {
  const objects = new Map<string, Raw>()
  const listeners = new Set<(raw: Raw) => void>()
  /** The accepted writes, as "create member-a by r1". */
  const writes: string[] = []
  let version = 0
  const state = { down: false, hang: false }
  const store = (name: string, raw: Raw): LeaseRecord => {
    const metadata = {
      uid: `uid-${name}`,
      ...nestedObject(raw, 'metadata'),
      name,
      resourceVersion: `${++version}`,
    }
    const next = { ...raw, metadata }
    objects.set(name, next)
    for (const listener of listeners) listener(next)
    return leaseFromObject(next)
  }
  const answer = async (signal: AbortSignal) => {
    await null
    if (state.hang) {
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    }
    if (state.down) throw new ApiError('unreachable', 'the hub is away')
  }
  const api: LeaseApi = {
    read: async (name, signal) => {
      await answer(signal)
      const found = objects.get(name)
      return found && leaseFromObject(found)
    },
    create: async (name, change, signal) => {
      await answer(signal)
      if (objects.has(name)) throw new ApiError('conflict', `${name} exists`)
      writes.push(`create ${name} by ${change.holder}`)
      return store(name, leaseBody(change))
    },
    update: async ({ name, resourceVersion }, change: LeaseChange, signal) => {
      await answer(signal)
      const found = objects.get(name)
      if (found === undefined) throw new ApiError('not_found', `${name} is gone`)
      if (nestedObject(found, 'metadata').resourceVersion !== resourceVersion) {
        throw new ApiError('conflict', `${name} has changed`)
      }
      writes.push(`update ${name} by ${change.holder}`)
      return store(name, mergePatch(found, leaseBody(change)) as Raw)
    },
  }
  return {
    api,
    objects,
    writes,
    state,
    lease: (name: string) => leaseFromObject(objects.get(name)),
    subscribe: (listener: (raw: Raw) => void) => listeners.add(listener),
  }
}
