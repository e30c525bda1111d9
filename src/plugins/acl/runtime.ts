// `acl` at query time.
import type { Runtime } from '../runtime.ts'
import { Access } from './access.ts'
import { AclAnswerer } from './answerer.ts'
import type { AclShared } from './component.ts'
import { aclHandler } from './handler.ts'
import type { AclConfig } from './options.ts'

export const aclRuntime: Runtime<AclConfig, AclShared> = ({ rules }, context) => {
  const { block, listener, shared, counters } = context
  // A block that has no zone at the listener gets no queries there.
  const access = new Access(rules, counters, shared[listener]?.[block] ?? {})
  let isOnPath = false
  return {
    around(behind) {
      isOnPath = true
      return new AclAnswerer(access, behind)
    },
    handler: aclHandler(access, () => isOnPath),
  }
}
